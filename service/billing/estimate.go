package billing

import "github.com/burncloud/burncloud"

const (
	// overheadTokens is what a vendor may count beyond the body's own tokens: its chat template.
	overheadTokens = 64
	// DefaultOutput is how many output tokens are assumed of a call that sets no cap, for a model whose
	// own is higher or unknown. Reserving a model's whole capacity would let nobody with a small balance
	// call it; a longer answer is still charged in full.
	DefaultOutput = 8192
	// mostTokens is beyond what any model takes or gives.
	mostTokens = 1 << 40
)

// ModelLimits are what a model can take and give in one call, in tokens; 0 is not known.
type ModelLimits struct {
	Context int64 // input and output together, or input alone
	Output  int64
}

// Estimate is the most that a call may cost, to be reserved before it is sent. The input counts at most
// one token per byte of the body (no tokenizer yields more) plus a constant, and no more than the
// model's context. That holds for text; media that a vendor counts by size or duration and that is only
// linked to can exceed it, and is then charged in full. outputCap is the caller's limit over all choices, 0
// for none (then the model's, at most DefaultOutput, for each choice), -1 for calls that write nothing.
// Nil price is 0: nothing can be said, and the caller decides who may go on.
func Estimate(p *burncloud.Price, bodyBytes, outputCap, choices int64, m ModelLimits) burncloud.Money {
	if p == nil {
		return 0
	}
	input := min(max(bodyBytes, 0), mostTokens) + overheadTokens
	if m.Context > 0 {
		input = min(input, m.Context)
	}
	output := estimateOutput(outputCap, max(choices, 1), m)
	bound := p.Bound(input, output)
	for i := range p.Tiers { // a shorter input may be the dearer one
		if above := p.Tiers[i].Above; above < input {
			bound = max(bound, p.Bound(above, output))
		}
	}
	return min(bound, maxAmount)
}

func estimateOutput(outputCap, choices int64, m ModelLimits) int64 {
	each := int64(DefaultOutput)
	if m.Output > 0 {
		each = min(each, m.Output)
	}
	switch {
	case outputCap < 0:
		return 0
	case outputCap == 0:
		return saturatingMul(each, choices)
	case m.Output > 0: // a cap above what the model can write says nothing
		return min(outputCap, saturatingMul(m.Output, choices))
	}
	return outputCap
}

// saturatingMul multiplies two positive numbers and stops at mostTokens.
func saturatingMul(a, b int64) int64 {
	if a >= mostTokens || b > mostTokens/a {
		return mostTokens
	}
	return a * b
}
