package burncloud

// Usage is what one call consumed, in tokens, in buckets that do not overlap: their sum is what the
// vendor counted. The exception is Reasoning, which is a part of Output and listed for information.
type Usage struct {
	Input        int64 `json:"input"`                    // fresh text input, neither read from nor written to a cache
	CacheRead    int64 `json:"cache_read,omitempty"`     // input served from the vendor's prompt cache
	CacheWrite5m int64 `json:"cache_write_5m,omitempty"` // input written to a cache of five minutes, or of no named lifetime
	CacheWrite1h int64 `json:"cache_write_1h,omitempty"` // input written to a cache of one hour
	AudioInput   int64 `json:"audio_input,omitempty"`
	ImageInput   int64 `json:"image_input,omitempty"`
	Output       int64 `json:"output"` // text output, Reasoning included
	Reasoning    int64 `json:"reasoning,omitempty"`
	AudioOutput  int64 `json:"audio_output,omitempty"`
	ImageOutput  int64 `json:"image_output,omitempty"`
	// Estimated says that the vendor sent no usage and the figures are ours.
	Estimated bool `json:"estimated,omitempty"`
}

// TotalInput is all input tokens, cached ones too.
func (u Usage) TotalInput() int64 {
	return u.Input + u.CacheRead + u.CacheWrite5m + u.CacheWrite1h + u.AudioInput + u.ImageInput
}

// TotalOutput is all output tokens.
func (u Usage) TotalOutput() int64 { return u.Output + u.AudioOutput + u.ImageOutput }

// Total is all tokens of the call.
func (u Usage) Total() int64 { return u.TotalInput() + u.TotalOutput() }
