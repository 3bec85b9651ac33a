package ssefleet

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"content-store-sse/load/k6/eventstream"
)

// The memory of sequences is bounded. Streams that receive the same events share their nodes, so that it depends on the
// number of events, and not on the number of streams.
const (
	maxNodes        = 1_000_000
	maxContents     = 200_000
	maxContentBytes = 300
)

// sequences records what each stream has received, in order. Each node is one event after those of its parent; a stream
// is at the node of its latest event.
type sequences struct {
	mu       sync.Mutex
	nodes    []node
	next     map[edge]int32
	contents []string
	known    map[string]int32
	// isFull: later events are not recorded.
	isFull bool
}

type node struct {
	parent, content         int32
	firstMicros, lastMicros int64 // since 1970
}

type edge struct{ parent, content int32 }

// newSequences has one node, 0, for streams that have received nothing.
func newSequences() *sequences {
	return &sequences{nodes: make([]node, 1), next: map[edge]int32{}, known: map[string]int32{}}
}

// step returns the node that follows at after an event.
func (q *sequences) step(at int32, event eventstream.Event, now time.Time) int32 {
	q.mu.Lock()
	defer q.mu.Unlock()
	content, known := q.contentOf(event)
	if !known {
		return at
	}
	micros := now.UnixMicro()
	after, known := q.next[edge{at, content}]
	if known {
		q.nodes[after].lastMicros = max(q.nodes[after].lastMicros, micros)
		return after
	}
	if len(q.nodes) >= maxNodes {
		q.isFull = true
		return at
	}
	after = int32(len(q.nodes))
	q.nodes = append(q.nodes, node{parent: at, content: content, firstMicros: micros, lastMicros: micros})
	q.next[edge{at, content}] = after
	return after
}

// contentOf returns the number of the event's type and data. Ids are not part of it, because each proxy has its own.
func (q *sequences) contentOf(event eventstream.Event) (int32, bool) {
	text := string(event.Data)
	if len(event.Name) > 0 {
		text = string(event.Name) + ": " + text
	}
	if len(text) > maxContentBytes {
		text = fmt.Sprintf("%s %x", shorten(text, maxContentBytes-70), sha256.Sum256([]byte(text)))
	}
	content, known := q.known[text]
	if known {
		return content, true
	}
	if len(q.contents) >= maxContents {
		q.isFull = true
		return 0, false
	}
	content = int32(len(q.contents))
	q.contents = append(q.contents, text)
	q.known[text] = content
	return content, true
}

// sequencesOf is the record for scripts; times are milliseconds since 1970 with decimals.
type sequencesOf struct {
	IsWhole  bool            `js:"isWhole"`
	Contents []string        `js:"contents"`
	Groups   []sequenceGroup `js:"groups"`
}

type sequenceGroup struct {
	Streams int64          `js:"streams"`
	Example int            `js:"example"`
	Events  []sequenceItem `js:"events"`
}

type sequenceItem struct {
	Content int32   `js:"content"`
	FirstMs float64 `js:"firstMs"`
	LastMs  float64 `js:"lastMs"`
}

// sequencesNow groups the open streams by what they have received, in the order of their first stream.
func (f *Fleet) sequencesNow() sequencesOf {
	groups := map[int32]*sequenceGroup{}
	ends := []int32{}
	for _, s := range f.snapshot() {
		if !s.is(open) {
			continue
		}
		end := s.sequence.Load()
		group, known := groups[end]
		if !known {
			group = &sequenceGroup{Example: s.number}
			groups[end] = group
			ends = append(ends, end)
		}
		group.Streams++
	}
	q := f.sequences
	q.mu.Lock()
	defer q.mu.Unlock()
	result := sequencesOf{IsWhole: !q.isFull, Contents: append([]string{}, q.contents...), Groups: []sequenceGroup{}}
	for _, end := range ends {
		group := groups[end]
		group.Events = q.pathTo(end)
		result.Groups = append(result.Groups, *group)
	}
	return result
}

func (q *sequences) pathTo(end int32) []sequenceItem {
	length := 0
	for at := end; at != 0; at = q.nodes[at].parent {
		length++
	}
	items := make([]sequenceItem, length)
	for at := end; at != 0; at = q.nodes[at].parent {
		length--
		n := q.nodes[at]
		items[length] = sequenceItem{n.content, float64(n.firstMicros) / 1000, float64(n.lastMicros) / 1000}
	}
	return items
}
