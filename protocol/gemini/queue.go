package gemini

// queue are the calls of a turn, in order, of which each is answered once.
type queue struct {
	calls []struct {
		id, name string
		done     bool
	}
	ids, names map[string][]int
}

func (q *queue) add(id, name string) {
	if q.ids == nil {
		q.ids, q.names = map[string][]int{}, map[string][]int{}
	}
	n := len(q.calls)
	q.calls = append(q.calls, struct {
		id, name string
		done     bool
	}{id, name, false})
	q.ids[id], q.names[name] = append(q.ids[id], n), append(q.names[name], n)
}

// byID and byName are the oldest call that has no answer yet, or -1.
func (q *queue) byID(id string) int     { return q.oldest(q.ids, id) }
func (q *queue) byName(name string) int { return q.oldest(q.names, name) }

func (q *queue) oldest(in map[string][]int, key string) int {
	for list := in[key]; len(list) > 0; list = list[1:] {
		if n := list[0]; !q.calls[n].done {
			in[key] = list
			return n
		}
	}
	delete(in, key)
	return -1
}

// take marks a call as answered and returns its id.
func (q *queue) take(n int) string {
	q.calls[n].done = true
	return q.calls[n].id
}
