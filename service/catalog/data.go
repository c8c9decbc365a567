package catalog

import (
	_ "embed" // models.txt
	"iter"
	"sort"
	"strings"
)

//go:embed models.txt
var data string

// vendors are the providers that make models, in the order in which they are asked for a model of
// unknown origin: those of the three protocols first, then international before Chinese houses of one
// vendor. Hosts, clouds and aggregators are not among them: they sell what others made, at other prices.
var vendors = [...]string{
	"openai", "anthropic", "google", "xai", "deepseek", "mistral", "alibaba", "alibaba-cn", "moonshotai",
	"moonshotai-cn", "zai", "zhipuai", "minimax", "minimax-cn", "meta", "cohere", "perplexity", "byteplus",
	"volcengine", "tencent", "baidu-qianfan", "xiaomi", "stepfun", "ai21", "jina", "voyage", "nomic",
	"upstage", "inception", "reka", "ant-ling", "sakana", "sarvam", "morph", "poolside", "elevenlabs",
	"deepgram", "assemblyai", "stability", "recraft", "black-forest-labs", "runway",
}

// line takes the line of data that starts at byte i apart, and gives the start of the next.
func line(i int) (id, provider, facts string, next int) {
	l, _, _ := strings.Cut(data[i:], "\n")
	next = i + len(l) + 1
	id, l, _ = strings.Cut(strings.TrimSuffix(l, "\r"), "\t")
	provider, facts, _ = strings.Cut(l, "\t")
	return id, provider, facts, next
}

// group is the offset of the first line of id, or of the line that would follow it.
func group(id string) int {
	start := func(i int) int { return strings.LastIndexByte(data[:i], '\n') + 1 }
	i := sort.Search(len(data), func(i int) bool {
		at := start(i)
		if data[at] == '#' {
			return false
		}
		got, _, _, _ := line(at)
		return got >= id
	})
	return start(i)
}

// named lists provider and facts of all lines with this id.
func named(id string) iter.Seq2[string, string] {
	return func(yield func(provider, facts string) bool) {
		for i := group(id); i < len(data); {
			got, provider, facts, next := line(i)
			if got != id || !yield(provider, facts) {
				return
			}
			i = next
		}
	}
}

// lookup finds the facts of a provider's model by id or alias, and its id.
func lookup(provider, id string) (modelID, facts string, ok bool) {
	for p, f := range named(id) {
		if p != provider {
			continue
		}
		if other, alias := strings.CutPrefix(f, "="); alias {
			return lookup(provider, other)
		}
		return id, f, true
	}
	return "", "", false
}

// canonical finds a model of unknown origin at the vendors, in their order: the first that names the id
// itself, then the first that names it as an alias. A vendor with a price goes before one without.
func canonical(id string) (provider, modelID, facts string, ok bool) {
	best := len(vendors) * 4
	for p, f := range named(id) {
		rank := vendorRank(p)
		if rank < 0 {
			continue
		}
		other, alias := strings.CutPrefix(f, "=")
		name := id
		if alias {
			if name, f, ok = lookup(p, other); !ok {
				continue
			}
			rank += len(vendors)
		}
		if !strings.Contains(f, " in=") {
			rank += 2 * len(vendors)
		}
		if rank < best {
			best, provider, modelID, facts = rank, p, name, f
		}
	}
	return provider, modelID, facts, provider != ""
}

// isProvider tells whether the catalogue has entries of a provider. Only providers that are no row of
// package provider come here, and those few times; the vendors answer at once.
func isProvider(id string) bool {
	return id != "" && (vendorRank(id) >= 0 || strings.Contains(data, "\t"+id+"\t"))
}

func vendorRank(provider string) int {
	for i, v := range vendors {
		if v == provider {
			return i
		}
	}
	return -1
}
