package slab

import "testing"

// Every size fits its class, wastes at most a quarter, and a class has one size alone.
func TestClasses(t *testing.T) {
	sizes := map[int]int{}
	for n := 1; n < 80<<20; n += 1 + n/97 {
		class, size := classOf(n)
		if size < n {
			t.Fatalf("classOf(%d): size %d is too small", n, size)
		}
		if n > 1<<minBits && class >= 0 && size > n+n/4+4 {
			t.Fatalf("classOf(%d): size %d wastes more than a quarter", n, size)
		}
		if class < 0 {
			if size != n {
				t.Fatalf("classOf(%d) = %d without a class", n, size)
			}
			continue
		}
		if have, ok := sizes[class]; ok && have != size {
			t.Fatalf("class %d has sizes %d and %d", class, have, size)
		}
		sizes[class] = size
	}
	if len(sizes) != (maxBits-minBits)*steps {
		t.Fatalf("%d classes in use, %d made", len(sizes), (maxBits-minBits)*steps)
	}
}

func TestGetPut(t *testing.T) {
	var p Pool
	for _, n := range []int{0, 1, 2048, 2049, 4096, 1 << 20, 1<<20 + 1, 32 << 20, 65 << 20, 100 << 20} {
		s := p.Get(n)
		if len(s.B) < n || len(s.B) != Size(n) {
			t.Fatalf("Get(%d) has %d bytes, Size says %d", n, len(s.B), Size(n))
		}
		p.Put(s)
		if again := p.Get(n); len(again.B) < n {
			t.Fatalf("Get(%d) after Put has %d bytes", n, len(again.B))
		}
	}
	p.Put(nil)
}
