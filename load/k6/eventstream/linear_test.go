package eventstream

import (
	"bytes"
	"syscall"
	"testing"
	"time"
)

// A linear reader takes some hundredths of a second of processor time for each of these, a quadratic one minutes.
func TestReaderTakesLinearTimeForHostileBytes(t *testing.T) {
	const size = 2 << 20
	for _, part := range []string{"\r", "\n", "\r\n", "a\r", "a\n", ":\r", "data\r", "id:1\n", "\x00", " ", "data: x\r\r"} {
		chunk := bytes.Repeat([]byte(part), size/len(part))
		reader := NewReader(&recorder{}, 2*size, nil)
		before := processorTime(t)
		if err := reader.Feed(chunk); err != nil {
			t.Errorf("many %q: %v", part, err)
		}
		if took := processorTime(t) - before; took > 5*time.Second {
			t.Errorf("many %q: got %v of processor time for %d bytes, want far less", part, took, size)
		}
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano())
}
