// Reader reads a log over HTTP with Go's own golang.org/x/mod/sumdb packages and checks all of it: the checkpoint's signature, every tile up
// to the signed root, every entry against its tile, and the proof of one record.
//
//	reader URL VKEY INDEX LEAF        the log's prefix, its verifier key, a record's number and leaf hash in base64
//
// It prints the size of the tree.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	size, err := read(os.Args[1], os.Args[2], os.Args[3], os.Args[4])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(size)
}

func get(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// tiles are served at the paths that Go has for them, without the height.
type tiles string

func (prefix tiles) Height() int                         { return 8 }
func (prefix tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (prefix tiles) ReadTiles(want []tlog.Tile) (all [][]byte, err error) {
	for _, t := range want {
		data, err := get(string(prefix) + "/" + strings.Replace(t.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func read(url, vkey, number, leaf string) (int64, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, err
	}
	text, err := get(url + "/checkpoint")
	if err != nil {
		return 0, err
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return 0, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return 0, fmt.Errorf("not a checkpoint of %s: %q", verifier.Name(), signed.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return 0, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return 0, err
	}

	// Every tile that is read is checked against the root.
	tree := tlog.Tree{N: size, Hash: root}
	hashes := tlog.TileHashReader(tree, tiles(url))
	var indexes []int64
	for i := int64(0); i < size; i++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, i))
	}
	leaves, err := hashes.ReadHashes(indexes)
	if err != nil {
		return 0, err
	}
	for bundle := int64(0); bundle*256 < size; bundle++ {
		count := size - bundle*256
		path := fmt.Sprintf("%s/tile/entries/%03d", url, bundle)
		if count >= 256 {
			count = 256
		} else {
			path += fmt.Sprintf(".p/%d", count)
		}
		data, err := get(path)
		if err != nil {
			return 0, err
		}
		for i := int64(0); i < count; i++ {
			length := int(binary.BigEndian.Uint16(data))
			if tlog.RecordHash(data[2:2+length]) != leaves[bundle*256+i] {
				return 0, fmt.Errorf("entry %d is not its leaf", bundle*256+i)
			}
			data = data[2+length:]
		}
		if len(data) > 0 {
			return 0, fmt.Errorf("%s is too long", path)
		}
	}

	index, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0, err
	}
	proof, err := tlog.ProveRecord(size, index, hashes)
	if err != nil {
		return 0, err
	}
	var wanted tlog.Hash
	if bytes, err := base64.StdEncoding.DecodeString(leaf); err != nil || copy(wanted[:], bytes) != len(wanted) {
		return 0, fmt.Errorf("%s is not a hash", leaf)
	}
	return size, tlog.CheckRecord(proof, size, root, index, wanted)
}
