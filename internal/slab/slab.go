// Package slab lends byte buffers in size classes and takes them back.
//
// It must never hand out a buffer that its last owner may still read: who returns a slab is done with
// every slice of it.
package slab

import (
	"math/bits"
	"sync"
)

const (
	minBits = 11 // 2 KB, the smallest class
	maxBits = 26 // buffers above seven eighths of this are made for once
	steps   = 4  // classes per power of two, so that at most a quarter of a slab is unused
)

// Slab is a lent buffer. B has the length of its class, at least what was asked for.
type Slab struct {
	B     []byte
	class int
}

// Pool keeps returned slabs for as long as the garbage collector lets it. The zero value is ready and
// safe for concurrent use.
type Pool struct {
	classes [(maxBits - minBits) * steps]sync.Pool
}

// Size is the length of the slab that Get(n) lends, in bytes.
func Size(n int) int {
	_, size := classOf(n)
	return size
}

// Get lends a slab of at least n bytes. Its contents are left over from others.
func (p *Pool) Get(n int) *Slab {
	class, size := classOf(n)
	if class < 0 {
		return &Slab{B: make([]byte, size), class: class}
	}
	if s, ok := p.classes[class].Get().(*Slab); ok {
		return s
	}
	return &Slab{B: make([]byte, size), class: class}
}

// Put takes a slab back; nil is nothing.
func (p *Pool) Put(s *Slab) {
	if s == nil || s.class < 0 {
		return
	}
	p.classes[s.class].Put(s)
}

// classOf is the class and size for n bytes: powers of two in quarter steps.
func classOf(n int) (class, size int) {
	if n <= 1<<minBits {
		return 0, 1 << minBits
	}
	if n > 1<<maxBits-1<<(maxBits-3) { // above the largest class
		return -1, n
	}
	top := bits.Len(uint(n-1)) - 1 // 2^top < n <= 2^(top+1)
	quarter := 1 << (top - 2)
	step := (n - 1<<top + quarter - 1) / quarter // 1..4
	return (top-minBits)*steps + step, 1<<top + step*quarter
}
