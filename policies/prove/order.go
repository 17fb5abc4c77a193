package prove

import (
	"cmp"
	"math"
	"slices"

	"weir/internal/sat"
)

// This file knows order: days, instants and numbers that are compared with constants
// and with each other. All are whole numbers: instants are nanoseconds, days the
// nanoseconds of their first instant in UTC and so multiples of a day's, numbers
// places among the constants of the question, far enough apart. A comparison is a
// bound on the difference of two of them; a set of bounds has a solution exactly if
// no circle of them is negative, where a bound between two days is rounded down to
// whole days.

const dayNanos = int64(24 * 60 * 60 * 1e9)

// none is where there is no bound.
const none = math.MaxInt64

// bounds are all bounds between the places, tightened.
type bounds struct {
	day  []bool // by place
	most [][]int64
	why  [][][]sat.Lit
}

func newBounds(day []bool) *bounds {
	n := len(day)
	b := &bounds{day: day, most: make([][]int64, n), why: make([][][]sat.Lit, n)}
	for i := range n {
		b.most[i], b.why[i] = make([]int64, n), make([][]sat.Lit, n)
		for j := range n {
			if i != j {
				b.most[i][j] = none
			}
		}
	}
	return b
}

func floorDay(n int64) int64 {
	m := n % dayNanos
	if m < 0 {
		m += dayNanos
	}
	return n - m
}

// add takes a bound in, if it says more than what is known.
func (b *bounds) add(x, y int, most int64, why []sat.Lit) bool {
	if b.day[x] && b.day[y] {
		most = floorDay(most)
	}
	if most >= b.most[x][y] {
		return false
	}
	b.most[x][y], b.why[x][y] = most, why
	return true
}

// tighten draws every conclusion; the reasons of a contradiction, or nil and true.
func (b *bounds) tighten() (why []sat.Lit, ok bool) {
	n := len(b.day)
	for changed := true; changed; {
		changed = false
		for k := range n {
			for i := range n {
				if b.most[i][k] == none {
					continue
				}
				for j := range n {
					if b.most[k][j] == none {
						continue
					}
					if b.add(i, j, b.most[i][k]+b.most[k][j], nil) {
						b.why[i][j] = slices.Concat(b.why[i][k], b.why[k][j])
						changed = true
						if i == j {
							slices.Sort(b.why[i][j])
							return slices.Compact(b.why[i][j]), false
						}
					}
				}
			}
		}
	}
	return nil, true
}

// solve chooses a value for every place, as near to what is preferred as the bounds
// allow; an instant that is near a day as near to the day's noon. It follows tighten.
func (b *bounds) solve(prefer []int64, near map[int]int) []int64 {
	out := make([]int64, len(b.day))
	for i := range out {
		if i > 0 {
			low, high := int64(math.MinInt64), int64(math.MaxInt64)
			if b.most[i][0] != none {
				high = b.most[i][0]
			}
			if b.most[0][i] != none {
				low = -b.most[0][i]
			}
			wanted := prefer[i]
			if day, ok := near[i]; ok {
				wanted = out[day] + dayNanos/2
			}
			out[i] = min(max(wanted, low), high)
		}
		b.add(i, 0, out[i], nil)
		b.add(0, i, -out[i], nil)
		b.tighten()
	}
	return out
}

// apart is how far apart two constants stand among numbers: more than there are
// numbers that could lie between them.
const apart = 1 << 20

// place is where a constant stands among the sorted constants; the origin stands at
// the first place.
func place(constants []float64, f float64) int64 {
	at, _ := slices.BinarySearchFunc(constants, f, cmp.Compare[float64])
	return int64(at) * apart
}

// numberAt is a number at a place.
func numberAt(constants []float64, at int64) float64 {
	if len(constants) == 0 {
		return float64(at)
	}
	i := at / apart
	rest := at % apart
	if rest < 0 {
		i, rest = i-1, rest+apart
	}
	switch last := int64(len(constants) - 1); {
	case i < 0:
		return constants[0] + float64(at)
	case i > last:
		return constants[last] + float64(at-last*apart)
	case rest == 0:
		return constants[i]
	case i == last:
		return constants[i] + float64(rest)
	default:
		low, high := constants[i], constants[i+1]
		if whole := math.Floor(low) + float64(rest); whole > low && whole < high && high-low > 2*apart {
			return whole
		}
		return low + (high-low)*float64(rest)/apart
	}
}
