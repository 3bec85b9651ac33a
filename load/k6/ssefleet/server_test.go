package ssefleet

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// server is a small hub with a log and with faults that a fleet must detect. Its numbers begin with 100.
type server struct {
	*httptest.Server
	// live returns what a client gets instead of a number; nil sends the number.
	live func(number int) []int
	// replay returns what a reconnecting client gets instead of the missed numbers; nil sends exactly those.
	replay func(missed []int, log []int) []int
	// sentAt is added to the data when set; id and eventName override the defaults.
	sentAt    func() time.Time
	id        func(number int) string
	eventName string
	// retryMs is sent first when it is set.
	retryMs int
	// head writes a response instead of the stream.
	head http.HandlerFunc

	mu      sync.Mutex
	log     []int
	clients map[chan []int]bool
	ids     []string // Last-Event-ID of each request
	paths   []string // of each request
}

const firstNumber = 100

// end makes the server close a stream.
const end = -1

func startServer(t *testing.T) *server {
	t.Helper()
	s := &server{clients: map[chan []int]bool{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.stream))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (s *server) stream(w http.ResponseWriter, r *http.Request) {
	if s.head != nil {
		s.head(w, r)
		return
	}
	client := make(chan []int, 1000)
	lastID := r.Header.Get("Last-Event-ID")
	s.mu.Lock()
	s.ids = append(s.ids, lastID)
	s.paths = append(s.paths, r.URL.Path)
	var missed []int
	if last, err := strconv.Atoi(lastID); err == nil {
		missed = append(missed, s.log[last-firstNumber+1:]...)
		if s.replay != nil {
			missed = s.replay(missed, s.log)
		}
	}
	client <- missed
	s.clients[client] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.clients, client)
		s.mu.Unlock()
	}()

	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	if s.retryMs > 0 {
		fmt.Fprintf(w, "retry: %d\n", s.retryMs)
	}
	for {
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case numbers := <-client:
			for _, number := range numbers {
				if number == end {
					return
				}
				s.write(w, number)
			}
		}
	}
}

func (s *server) write(w http.ResponseWriter, number int) {
	id := strconv.Itoa(number)
	if s.id != nil {
		id = s.id(number)
	}
	if s.eventName != "" {
		fmt.Fprintf(w, "event: %s\n", s.eventName)
	}
	data := fmt.Sprintf("http://store/changelog/section/%d", number)
	if s.sentAt != nil {
		data = fmt.Sprintf(`{"at":%f,"log":"section/%d"}`, float64(s.sentAt().UnixMicro())/1000, number)
	}
	fmt.Fprintf(w, "id: %s\ndata: %s\n\n", id, data)
}

// publish sends count new numbers to all clients.
func (s *server) publish(count int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range count {
		number := firstNumber + len(s.log)
		s.log = append(s.log, number)
		frames := []int{number}
		if s.live != nil {
			frames = s.live(number)
		}
		for client := range s.clients {
			client <- frames
		}
	}
}

func (s *server) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.ids...)
}

func (s *server) connected() []chan []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []chan []int
	for client := range s.clients {
		all = append(all, client)
	}
	return all
}
