// Verify holds a host's log against Go's own packages for such logs
// (golang.org/x/mod/sumdb/note and tlog), without any code of kmsd:
//
//	verify -key host.pub [-checkpoint FILE] [-log FILE] [GRANT...]
//
// The key is a signify public key file, the checkpoint a signed note, the log
// all entries in their order, each followed by an empty line, and a grant an
// entry with its tlog-proof.  Prints a line for each thing that holds; exits 1
// at the first that does not.
package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"crypto/sha256"
)

// A tree is what a checkpoint says.
type tree struct {
	origin string
	size   int64
	root   tlog.Hash
}

// hostKey reads the 32 bytes of a signify public key file.
func hostKey(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(data), "\n")
	if len(lines) != 3 {
		return nil, errors.New("not a signify public key file")
	}
	blob, err := base64.StdEncoding.DecodeString(lines[1])
	if err != nil || len(blob) != 42 || string(blob[:2]) != "Ed" {
		return nil, errors.New("not an Ed25519 public key")
	}
	return blob[10:], nil
}

// verifier makes the key string that sumdb/note reads.
func verifier(origin string, key []byte) (note.Verifier, error) {
	public := append([]byte{1}, key...)
	hash := sha256.Sum256([]byte(origin + "\n" + string(public)))
	return note.NewVerifier(fmt.Sprintf("%s+%x+%s", origin, hash[:4],
		base64.StdEncoding.EncodeToString(public)))
}

// readCheckpoint opens a signed note and reads its three lines.
func readCheckpoint(data, key []byte) (t tree, err error) {
	origin, _, _ := strings.Cut(string(data), "\n")
	v, err := verifier(origin, key)
	if err != nil {
		return t, err
	}
	n, err := note.Open(data, note.VerifierList(v))
	if err != nil {
		return t, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || len(n.Sigs) != 1 {
		return t, errors.New("not three lines and a signature")
	}
	t.origin = lines[0]
	if t.size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return t, err
	}
	t.root, err = tlog.ParseHash(lines[2])
	return t, err
}

// readGrant parts an entry from its proof and checks the inclusion.
func readGrant(data, key []byte) (entry []byte, index int64, t tree,
	err error) {
	parts := bytes.SplitN(data, []byte("\n\n"), 3)
	if len(parts) != 3 {
		return nil, 0, t, errors.New("not an entry and a proof")
	}
	entry = append(parts[0], '\n')
	if t, err = readCheckpoint(parts[2], key); err != nil {
		return nil, 0, t, err
	}
	lines := strings.Split(string(parts[1]), "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" ||
		!strings.HasPrefix(lines[1], "index ") {
		return nil, 0, t, errors.New("not a tlog-proof")
	}
	index, err = strconv.ParseInt(lines[1][len("index "):], 10, 64)
	if err != nil {
		return nil, 0, t, err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, 0, t, err
		}
		proof = append(proof, hash)
	}
	err = tlog.CheckRecord(proof, t.size, t.root, index,
		tlog.RecordHash(entry))
	return entry, index, t, err
}

// A hashList is the hashes of a tree that is kept in memory.
type hashList []tlog.Hash

func (h hashList) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		if i >= int64(len(h)) {
			return nil, errors.New("a hash beyond the tree")
		}
		out = append(out, h[i])
	}
	return out, nil
}

// readLog makes the tree of all entries.
func readLog(path string) (entries [][]byte, hashes hashList, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	for len(data) > 0 {
		text, rest, found := bytes.Cut(data, []byte("\n\n"))
		if !found {
			return nil, nil, errors.New("an entry without its end")
		}
		entry := append(bytes.Clone(text), '\n')
		more, err := tlog.StoredHashes(int64(len(entries)), entry,
			hashes)
		if err != nil {
			return nil, nil, err
		}
		entries = append(entries, entry)
		hashes = append(hashes, more...)
		data = rest
	}
	return entries, hashes, nil
}

// checkTree compares a checkpoint with the tree of its size.
func checkTree(what string, t tree, entries [][]byte, hashes hashList) {
	if t.size > int64(len(entries)) {
		fail(what, fmt.Errorf("size %d, the log has %d entries", t.size,
			len(entries)))
	}
	root, err := tlog.TreeHash(t.size, hashes)
	if err != nil {
		fail(what, err)
	}
	if root != t.root {
		fail(what, errors.New("another root than the log's"))
	}
}

func fail(what string, err error) {
	fmt.Fprintf(os.Stderr, "verify: %s: %v\n", what, err)
	os.Exit(1)
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		fail(path, err)
	}
	return data
}

func main() {
	keyPath := flag.String("key", "", "the host's public key")
	checkpointPath := flag.String("checkpoint", "", "a checkpoint")
	logPath := flag.String("log", "", "all entries of the log")
	flag.Parse()
	key, err := hostKey(*keyPath)
	if err != nil {
		fail(*keyPath, err)
	}
	var entries [][]byte
	var hashes hashList
	if *logPath != "" {
		if entries, hashes, err = readLog(*logPath); err != nil {
			fail(*logPath, err)
		}
		fmt.Printf("log %d entries\n", len(entries))
	}
	if *checkpointPath != "" {
		t, err := readCheckpoint(read(*checkpointPath), key)
		if err != nil {
			fail(*checkpointPath, err)
		}
		if *logPath != "" {
			checkTree(*checkpointPath, t, entries, hashes)
		}
		fmt.Printf("checkpoint %s size %d\n", t.origin, t.size)
	}
	for _, path := range flag.Args() {
		entry, index, t, err := readGrant(read(path), key)
		if err != nil {
			fail(path, err)
		}
		if *logPath != "" {
			checkTree(path, t, entries, hashes)
			if !bytes.Equal(entries[index], entry) {
				fail(path, errors.New("not the log's entry"))
			}
		}
		fmt.Printf("grant %d of %d\n", index, t.size)
	}
}
