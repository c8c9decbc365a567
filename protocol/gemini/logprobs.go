package gemini

import (
	"encoding/json"
	"strconv"

	"github.com/burncloud/burncloud/internal/jsonedit"
)

// fromLogProbs turns Google's probabilities into OpenAI's shape.
func fromLogProbs(raw []byte) json.RawMessage {
	o := (&reader{}).object(raw, "")
	chosen, top := o.list("chosenCandidates"), o.list("topCandidates")
	dst := []byte(`{"content":[`)
	for i, one := range chosen {
		dst = appendToken(append(comma(dst), '{'), o.r.object(one, ""))
		dst = append(key(dst, "top_logprobs"), '[')
		if i < len(top) {
			for _, other := range o.r.object(top[i], "").list("candidates") {
				dst = append(appendToken(append(comma(dst), '{'), o.r.object(other, "")), '}')
			}
		}
		dst = append(dst, "]}"...)
	}
	return append(dst, `],"refusal":null}`...)
}

// appendToken appends a token's members, with the bytes that it stands for.
func appendToken(dst []byte, t *object) []byte {
	token := t.text("token")
	dst = word(dst, "token", token)
	dst = key(dst, "logprob")
	if n := t.number("logProbability"); n != nil {
		dst = append(dst, *n...)
	} else {
		dst = append(dst, '0') // proto3: zero is left out
	}
	dst = append(key(dst, "bytes"), '[')
	for i := range len(token) {
		dst = strconv.AppendInt(comma(dst), int64(token[i]), 10)
	}
	return append(dst, ']')
}

// toLogProbs turns OpenAI's shape into Google's; nil when there are none.
func toLogProbs(raw []byte) []byte {
	if !isObject(raw) {
		return nil
	}
	o := (&reader{}).object(raw, "")
	list := o.list("content")
	if len(list) == 0 {
		return nil
	}
	chosen, top := []byte{'['}, []byte{'['}
	for _, one := range list {
		t := o.r.object(one, "")
		chosen = appendProbable(chosen, t)
		top = append(key(append(comma(top), '{'), "candidates"), '[')
		for _, other := range t.list("topLogprobs") {
			top = appendProbable(top, o.r.object(other, ""))
		}
		top = append(top, "]}"...)
	}
	dst := append(append([]byte(`{"chosenCandidates":`), chosen...), `],"topCandidates":`...)
	return append(append(dst, top...), "]}"...)
}

func appendProbable(dst []byte, t *object) []byte {
	dst = jsonedit.AppendString(append(comma(dst), `{"token":`...), t.text("token"))
	if n := t.number("logprob"); n != nil {
		dst = append(key(dst, "logProbability"), *n...)
	}
	return append(dst, '}')
}
