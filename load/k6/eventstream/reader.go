// Package eventstream reads event streams by HTML Standard §9.2.6. It owns no connection and starts no
// goroutine: bytes go in as they arrive, events come out, and an incomplete event is never reported.
package eventstream

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// Event is one dispatched event. Its slices belong to the reader and are valid only until OnEvent returns.
type Event struct {
	// Name is empty for the type "message".
	Name []byte
	Data []byte
	// ID is the last event id when this event is dispatched.
	ID []byte
}

// Handler receives the items of a stream, on the goroutine that feeds the reader.
type Handler interface {
	OnEvent(Event)
	// OnComment is called once for each comment line; servers send them as heartbeats.
	OnComment()
	// OnRetry receives the reconnection time in milliseconds that the stream sets.
	OnRetry(retryMs int64)
}

// TooLargeError reports an incomplete event that exceeds the reader's limit.
type TooLargeError struct{ LimitBytes int }

func (e TooLargeError) Error() string {
	return fmt.Sprintf("an incomplete event exceeds %d bytes", e.LimitBytes)
}

// keepBytes is the capacity that a buffer may keep between events: an idle stream must stay small.
const keepBytes = 512

// Reader is the state of one connection. Only the last event id outlives it.
type Reader struct {
	handler  Handler
	maxBytes int
	line     []byte // the incomplete last line
	data     []byte
	name     []byte
	id       []byte // the buffer of the field, committed by the blank line
	lastID   []byte
	started  bool // the first line, which may begin with a byte order mark, has been read
	afterCR  bool
}

// NewReader returns a reader for a new connection of a client whose last event id is lastID.
func NewReader(handler Handler, maxEventBytes int, lastID []byte) *Reader {
	return &Reader{
		handler:  handler,
		maxBytes: maxEventBytes,
		id:       bytes.Clone(lastID),
		lastID:   bytes.Clone(lastID),
	}
}

// LastEventID is the id to reconnect with. It is valid until the next Feed.
func (r *Reader) LastEventID() []byte { return r.lastID }

// Feed takes the next bytes, cut anywhere. After an error the reader must not be used any more.
func (r *Reader) Feed(chunk []byte) error {
	ends := lineEnds{lf: -1, cr: -1}
	for at := 0; at < len(chunk); {
		if r.afterCR {
			r.afterCR = false
			if chunk[at] == '\n' { // [sse §9.2.5] CRLF is one line end, even when it is split.
				at++
				continue
			}
		}
		end := ends.next(chunk, at)
		if end == len(chunk) {
			r.line = append(r.line, chunk[at:]...)
			return r.checkSize()
		}
		line := chunk[at:end]
		if len(r.line) > 0 {
			r.line = append(r.line, line...)
			line = r.line
		}
		r.afterCR = chunk[end] == '\r'
		at = end + 1
		r.endLine(line)
		r.line = shrunk(r.line)
		if err := r.checkSize(); err != nil {
			return err
		}
	}
	return nil
}

// lineEnds stores the positions of the next LF and the next CR of a chunk, or its length. Each byte is searched once
// for each of them, even in a stream of short lines with only one kind of line end.
type lineEnds struct{ lf, cr int }

func (e *lineEnds) next(chunk []byte, at int) int {
	if e.lf < at {
		e.lf = indexFrom(chunk, at, '\n')
	}
	if e.cr < at {
		e.cr = indexFrom(chunk, at, '\r')
	}
	return min(e.lf, e.cr)
}

func indexFrom(chunk []byte, at int, c byte) int {
	if found := bytes.IndexByte(chunk[at:], c); found >= 0 {
		return at + found
	}
	return len(chunk)
}

func (r *Reader) checkSize() error {
	if len(r.line)+len(r.data) > r.maxBytes {
		return TooLargeError{LimitBytes: r.maxBytes}
	}
	return nil
}

func (r *Reader) endLine(line []byte) {
	if !r.started { // [sse §9.2.6] One leading byte order mark is dropped, a second one is text.
		r.started = true
		line = bytes.TrimPrefix(line, []byte("\xEF\xBB\xBF"))
	}
	switch {
	case len(line) == 0:
		r.dispatch()
	case line[0] == ':':
		r.handler.OnComment()
	default:
		name, value, _ := bytes.Cut(line, []byte{':'})
		r.field(name, bytes.TrimPrefix(value, []byte{' '}))
	}
}

func (r *Reader) field(name, value []byte) {
	switch string(name) {
	case "data":
		r.data = append(append(r.data, value...), '\n')
	case "event":
		r.name = append(r.name[:0], value...)
	case "id":
		if bytes.IndexByte(value, 0) < 0 { // [sse §9.2.6] An id with NUL is ignored.
			r.id = append(r.id[:0], value...)
		}
	case "retry":
		if retryMs, ok := digits(value); ok {
			r.handler.OnRetry(retryMs)
		}
	}
}

func (r *Reader) dispatch() {
	r.lastID = append(r.lastID[:0], r.id...)
	if len(r.data) > 0 { // [sse §9.2.6] Without data there is no event, but the id is stored.
		r.handler.OnEvent(Event{Name: r.name, Data: r.data[:len(r.data)-1], ID: r.lastID})
	}
	r.data = shrunk(r.data)
	r.name = shrunk(r.name)
}

// digits parses ASCII digits; a number that overflows becomes the largest one.
func digits(value []byte) (int64, bool) {
	if len(value) == 0 {
		return 0, false
	}
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	number, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return math.MaxInt64, true
	}
	return number, true
}

func shrunk(buffer []byte) []byte {
	if cap(buffer) > keepBytes {
		return nil
	}
	return buffer[:0]
}
