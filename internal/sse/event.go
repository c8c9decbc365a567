package sse

import "bytes"

// Parser reads the fields of whole events. The zero value works; it keeps only a buffer for data of
// several lines.
type Parser struct{ joined []byte }

var bom = []byte("\xef\xbb\xbf")

// Parse is the name and the data of an event, of which raw is all its bytes. Several data lines are
// joined by line feeds. data is nil when the event has none: comments, or only a name. The results are
// valid until the next call, and point into raw where they can.
//
// An event whose first byte is { is not what the format allows, but what some vendors send when a stream
// breaks: a bare error document. Such an event is all data.
func (p *Parser) Parse(raw []byte) (name, data []byte) {
	raw = bytes.TrimPrefix(raw, bom)
	if len(raw) > 0 && raw[0] == '{' {
		return nil, bytes.TrimRight(raw, "\r\n")
	}
	lines := 0
	for len(raw) > 0 {
		line := raw
		if n := bytes.IndexByte(raw, '\n'); n >= 0 {
			line, raw = raw[:n], raw[n+1:]
		} else {
			raw = nil
		}
		for more := true; more; {
			one := line
			if n := bytes.IndexByte(line, '\r'); n >= 0 {
				one, line = line[:n], line[n+1:]
				more = len(line) > 0
			} else {
				more = false
			}
			field, value := cutField(one)
			switch string(field) {
			case "data":
				data = p.add(lines, data, value)
				lines++
			case "event":
				name = value
			}
		}
	}
	return name, data
}

func (p *Parser) add(lines int, data, value []byte) []byte {
	switch lines {
	case 0:
		return value
	case 1:
		p.joined = append(p.joined[:0], data...)
	}
	p.joined = append(append(p.joined, '\n'), value...)
	return p.joined
}

// cutField splits a line at its first colon and drops one space behind it.
func cutField(line []byte) (field, value []byte) {
	n := bytes.IndexByte(line, ':')
	if n < 0 {
		return line, nil
	}
	value = line[n+1:]
	if len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	return line[:n], value
}
