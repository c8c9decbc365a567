package provider

// Both directions are allow lists: a header that nobody thought about stays where it is.

// longest is the longest header name that is looked at; no allowed name is longer.
const longest = 64

// lower puts name into buf in lower case; nil when it is too long to be allowed.
func lower(buf *[longest]byte, name []byte) []byte {
	if len(name) > longest {
		return nil
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		buf[i] = c
	}
	return buf[:len(name)]
}

// ForwardRequest tells whether a caller's header goes on to the vendor: what belongs to the protocol or
// to tracing, and nothing that says who the caller is. Not among them, on purpose: credentials, cookies
// and hop-by-hop headers; Accept-Encoding (we ask for identity); Openai-Organization, Openai-Project
// and X-Goog-User-Project (they would choose an account beside the channel's); X-Request-Id (ours);
// X-Stainless-* (they describe the caller's machine, and vendors do not need them).
func ForwardRequest(name []byte) bool {
	var buf [longest]byte
	switch string(lower(&buf, name)) {
	case "accept", "content-type", "user-agent",
		"anthropic-version", "anthropic-beta", "openai-beta",
		"x-goog-api-client", "x-client-request-id",
		"idempotency-key", "traceparent", "tracestate":
		return true
	}
	return false
}

// ForwardResponse tells whether a vendor's header goes back to the caller: what SDKs read. Lengths,
// encodings and framing are the gateway's own; X-Request-Id is the gateway's call id (the vendor's
// stands in the log); headers that name the channel's organization or project stay here.
func ForwardResponse(name []byte) bool {
	var buf [longest]byte
	n := lower(&buf, name)
	switch string(n) {
	case "content-type", "cache-control", "retry-after", "retry-after-ms", "x-should-retry",
		"request-id", "openai-processing-ms", "openai-version", "openai-model",
		"x-gemini-service-tier", "x-accel-buffering", "deprecation", "sunset", "warning":
		return true
	}
	return hasPrefix(n, "x-ratelimit-") || hasPrefix(n, "anthropic-ratelimit-")
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) > len(prefix) && string(b[:len(prefix)]) == prefix
}

// AppendQuery appends "?" and the caller's raw query, without the parameters that carry credentials;
// the others keep their bytes and their order. Nothing is appended when nothing is left.
func AppendQuery(dst, query []byte) []byte {
	mark := byte('?')
	for len(query) > 0 {
		param := query
		end := len(query)
		for i, c := range query {
			if c == '&' {
				param, end = query[:i], i+1
				break
			}
		}
		query = query[end:]
		if len(param) == 0 || isCredential(param) {
			continue
		}
		dst = append(append(dst, mark), param...)
		mark = '&'
	}
	return dst
}

// isCredential looks at the decoded name of a parameter, since "%6Bey" is "key" to a vendor.
func isCredential(param []byte) bool {
	var buf [16]byte
	n := 0
	for i := 0; i < len(param) && param[i] != '='; i++ {
		if n == len(buf) {
			return false
		}
		c := param[i]
		if c == '%' && i+2 < len(param) {
			if hi, lo := hex(param[i+1]), hex(param[i+2]); hi >= 0 && lo >= 0 {
				c = byte(hi<<4 | lo)
				i += 2
			}
		}
		buf[n] = c
		n++
	}
	switch string(buf[:n]) {
	case "key", "$key", "api_key", "api-key", "access_token", "oauth_token":
		return true
	}
	return false
}

// hex is the value of a hexadecimal digit, -1 of anything else.
func hex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20) - 'a' + 10
	}
	return -1
}
