package cache

import (
	"bytes"
	"container/heap"
	"context"
	"math"
	"strconv"
	"sync"
	"time"
)

// MemoryKeys is how many keys a Memory holds. When it is full, the key whose time is over first makes
// room for a new one.
const MemoryKeys = 1 << 16

// Memory is the Cache of a single process.
type Memory struct {
	now func() time.Time

	mu   sync.Mutex
	keys map[string]*item
	ends ends
}

type item struct {
	key   string
	value []byte
	end   time.Time
	index int // in ends
}

// NewMemory makes an empty cache. now is the clock; nil is time.Now.
func NewMemory(now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	return &Memory{now: now, keys: map[string]*item{}}
}

// Incr implements Cache.
func (m *Memory) Incr(_ context.Context, key string, ttl time.Duration) (int64, error) {
	if err := checkTTL(ttl); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	it := m.find(key)
	if it == nil {
		m.put(key, []byte("1"), ttl)
		return 1, nil
	}
	n, err := strconv.ParseInt(string(it.value), 10, 64)
	if err != nil || n == math.MaxInt64 {
		return 0, ErrNotNumber
	}
	it.value = strconv.AppendInt(it.value[:0], n+1, 10)
	return n + 1, nil
}

// Get implements Cache.
func (m *Memory) Get(_ context.Context, key string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	it := m.find(key)
	if it == nil {
		return nil, false, nil
	}
	return bytes.Clone(it.value), true, nil
}

// Set implements Cache.
func (m *Memory) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	if err := checkTTL(ttl); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if it := m.find(key); it != nil {
		heap.Remove(&m.ends, it.index)
	}
	m.put(key, append([]byte{}, value...), ttl)
	return nil
}

// Delete implements Cache.
func (m *Memory) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if it := m.find(key); it != nil {
		heap.Remove(&m.ends, it.index)
		delete(m.keys, key)
	}
	return nil
}

// Close implements Cache.
func (m *Memory) Close() error { return nil }

// find drops what is over, and gives what is under key.
func (m *Memory) find(key string) *item {
	for now := m.now(); len(m.ends) > 0 && !m.ends[0].end.After(now); {
		m.dropFirst()
	}
	return m.keys[key]
}

func (m *Memory) put(key string, value []byte, ttl time.Duration) {
	if len(m.ends) >= MemoryKeys {
		m.dropFirst()
	}
	it := &item{key: key, value: value, end: m.now().Add(ttl)}
	m.keys[key] = it
	heap.Push(&m.ends, it)
}

func (m *Memory) dropFirst() {
	delete(m.keys, heap.Pop(&m.ends).(*item).key)
}

// ends is a heap of items, the one that is over first on top.
type ends []*item

func (e ends) Len() int           { return len(e) }
func (e ends) Less(i, j int) bool { return e[i].end.Before(e[j].end) }
func (e ends) Swap(i, j int) {
	e[i], e[j] = e[j], e[i]
	e[i].index, e[j].index = i, j
}
func (e *ends) Push(x any) {
	it := x.(*item)
	it.index = len(*e)
	*e = append(*e, it)
}
func (e *ends) Pop() any {
	last := len(*e) - 1
	it := (*e)[last]
	(*e)[last] = nil
	*e = (*e)[:last]
	return it
}
