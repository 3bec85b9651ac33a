package ssefleet

// state is what a stream is doing.
type state int

const (
	opening state = iota // connecting, for the first time or again
	open
	stalled // open, but does not read
	away    // disconnected by the script
	failed  // could not be opened
	lost    // ended unexpectedly
)

func (s state) String() string {
	return [...]string{"opening", "open", "stalled", "away", "failed", "lost"}[s]
}
