package generate

// dice are random numbers that follow from a seed and from what they are asked for,
// in any order: the splitmix64 generator, whose state is a counter, with the
// question as the counter.
type dice uint64

const golden = 0x9e3779b97f4a7c15

// of are the dice of one thing among those that these dice are for.
func (d dice) of(n int) dice {
	z := uint64(d) + golden*(uint64(n)+1)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return dice(z ^ z>>31)
}

// roll answers a question with a number from 0 to below sides.
func (d dice) roll(question, sides int) int { return int(uint64(d.of(question)) >> 1 % uint64(sides)) }

// oneIn is true once in n times.
func (d dice) oneIn(question, n int) bool { return d.roll(question, n) == 0 }
