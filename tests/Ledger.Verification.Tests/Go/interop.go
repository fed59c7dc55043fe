// Interop checks what our library made with Go's own golang.org/x/mod/sumdb packages, and makes the same for it to check.
//
//	interop check DIR        reads DIR/claims and the tiles below DIR; says what is wrong, exit code 1
//	interop make DIR SIZE…   writes both, for a log whose entry n is the text "entry n"
//
// Claims, one a line, hashes in base64, "-" for none:
//
//	key VKEY                                   a verifier key
//	signer SKEY VKEY                           a signer key and the verifier key that belongs to it
//	note VKEY BASE64                           a note that the key signed
//	notnote VKEY BASE64                        a note that must be refused with this key
//	cosigned VKEY BASE64                       a checkpoint with a cosignature/v1 by the key
//	root SIZE ROOT                             the root of the log at a size
//	record SIZE ROOT INDEX LEAF HASH,HASH…     an inclusion proof
//	tree NEW ROOT OLD ROOT HASH,HASH…          a consistency proof
//	path LEVEL INDEX WIDTH PATH                the path of a tile
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == "check":
		err = check(os.Args[2])
	case len(os.Args) > 3 && os.Args[1] == "make":
		err = produce(os.Args[2], os.Args[3:])
	default:
		err = fmt.Errorf("usage: interop check DIR | interop make DIR SIZE…")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// tiles serves the tiles below a directory. Our paths are Go's without the height.
type tiles string

func path(t tlog.Tile) string { return strings.Replace(t.Path(), "tile/8/", "tile/", 1) }

func (dir tiles) Height() int                         { return height }
func (dir tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (dir tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range want {
		data, err := os.ReadFile(filepath.Join(string(dir), path(t)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// cosigner verifies cosignature/v1 (c2sp.org/tlog-cosignature), which golang.org/x/mod does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	header := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(header), msg...), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	f := strings.SplitN(vkey, "+", 3)
	key, err := base64.StdEncoding.DecodeString(f[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, fmt.Errorf("not a cosigner's key: %s", vkey)
	}
	sum := sha256.Sum256(append([]byte(f[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != f[1] {
		return nil, fmt.Errorf("another id than %08x: %s", hash, vkey)
	}
	return &cosigner{f[0], hash, key[1:]}, nil
}

func check(dir string) error {
	file, err := os.Open(filepath.Join(dir, "claims"))
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		if err := checkClaim(dir, strings.Split(lines.Text(), " ")); err != nil {
			return fmt.Errorf("%s: %v", lines.Text(), err)
		}
		n++
	}
	fmt.Println(n)
	return lines.Err()
}

func checkClaim(dir string, f []string) error {
	switch f[0] {
	case "key":
		_, err := note.NewVerifier(f[1])
		return err
	case "signer":
		signer, err := note.NewSigner(f[1])
		if err != nil {
			return err
		}
		signed, err := note.Sign(&note.Note{Text: "text\n"}, signer)
		if err != nil {
			return err
		}
		return open(f[2], signed)
	case "note":
		return open(f[1], fromBase64(f[2]))
	case "notnote":
		if open(f[1], fromBase64(f[2])) == nil {
			return fmt.Errorf("verifies")
		}
		return nil
	case "cosigned":
		verifier, err := newCosigner(f[1])
		if err != nil {
			return err
		}
		_, err = note.Open(fromBase64(f[2]), note.VerifierList(verifier))
		return err
	case "root":
		// Reading the last leaf proves the tiles against the root first.
		tree := tlog.Tree{N: number(f[1]), Hash: hash(f[2])}
		_, err := tlog.TileHashReader(tree, tiles(dir)).ReadHashes([]int64{tlog.StoredHashIndex(0, tree.N-1)})
		return err
	case "record":
		tree, index, proof := tlog.Tree{N: number(f[1]), Hash: hash(f[2])}, number(f[3]), hashes(f[5])
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, hash(f[4])); err != nil {
			return err
		}
		again, err := tlog.ProveRecord(tree.N, index, tlog.TileHashReader(tree, tiles(dir)))
		return same(again, proof, err)
	case "tree":
		tree, old, proof := tlog.Tree{N: number(f[1]), Hash: hash(f[2])}, number(f[3]), hashes(f[5])
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, hash(f[4])); err != nil {
			return err
		}
		again, err := tlog.ProveTree(tree.N, old, tlog.TileHashReader(tree, tiles(dir)))
		return same(again, proof, err)
	case "path":
		t, err := tlog.ParseTilePath(strings.Replace(f[4], "tile/", "tile/8/", 1))
		if err == nil && (t.L != int(number(f[1])) || t.N != number(f[2]) || t.W != int(number(f[3]))) {
			err = fmt.Errorf("is %v", t)
		}
		return err
	}
	return fmt.Errorf("unknown claim")
}

func open(vkey string, msg []byte) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	_, err = note.Open(msg, note.VerifierList(verifier))
	return err
}

func same(again, proof []tlog.Hash, err error) error {
	if err == nil && list(again) != list(proof) {
		err = fmt.Errorf("Go proves it with %s", list(again))
	}
	return err
}

func produce(dir string, sizes []string) error {
	var claims bytes.Buffer
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var all []tlog.Hash
		for _, i := range indexes {
			all = append(all, stored[i])
		}
		return all, nil
	})
	signer, verifier, err := note.GenerateKey(nothing{}, "go.example/log")
	if err != nil {
		return err
	}
	fmt.Fprintf(&claims, "key %s\nsigner %s %s\n", verifier, signer, verifier)
	own, err := note.NewSigner(signer)
	if err != nil {
		return err
	}

	roots := map[int64]tlog.Hash{}
	var before []int64
	size := int64(0)
	for _, text := range sizes {
		for next := number(text); size < next; size++ {
			more, err := tlog.StoredHashes(size, []byte(fmt.Sprintf("entry %d", size)), reader)
			if err != nil {
				return err
			}
			stored = append(stored, more...)
		}
		root, err := tlog.TreeHash(size, reader)
		if err != nil {
			return err
		}
		roots[size] = root
		if err := writeTiles(dir, size, reader); err != nil {
			return err
		}
		fmt.Fprintf(&claims, "root %d %s\n", size, root)
		signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("go.example/log\n%d\n%s\n", size, root)}, own)
		if err != nil {
			return err
		}
		fmt.Fprintf(&claims, "note %s %s\n", verifier, base64.StdEncoding.EncodeToString(signed))
		for _, index := range []int64{0, size / 3, size / 2, size - 1} {
			proof, err := tlog.ProveRecord(size, index, reader)
			if err != nil {
				return err
			}
			fmt.Fprintf(&claims, "record %d %s %d %s %s\n", size, root, index, tlog.RecordHash([]byte(fmt.Sprintf("entry %d", index))), list(proof))
		}
		before = append(before, size)
		for _, old := range before {
			proof, err := tlog.ProveTree(size, old, reader)
			if err != nil {
				return err
			}
			fmt.Fprintf(&claims, "tree %d %s %d %s %s\n", size, root, old, roots[old], list(proof))
		}
	}
	return os.WriteFile(filepath.Join(dir, "claims"), claims.Bytes(), 0o644)
}

func writeTiles(dir string, size int64, reader tlog.HashReader) error {
	for _, t := range tlog.NewTiles(height, 0, size) {
		if t.W != 1<<height && t.N<<height+int64(t.W) != size>>(height*t.L) {
			continue
		}
		name := filepath.Join(dir, path(t))
		if _, err := os.Stat(name); err == nil {
			continue
		}
		data, err := tlog.ReadTileData(t, reader)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// nothing is not random: the keys of a test are the same each time.
type nothing struct{}

func (nothing) Read(p []byte) (int, error) { return len(p), nil }

func fromBase64(s string) []byte {
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return data
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func hash(s string) tlog.Hash {
	h, err := tlog.ParseHash(s)
	if err != nil {
		panic(err)
	}
	return h
}

func hashes(s string) []tlog.Hash {
	var all []tlog.Hash
	if s != "-" {
		for _, each := range strings.Split(s, ",") {
			all = append(all, hash(each))
		}
	}
	return all
}

func list(all []tlog.Hash) string {
	var texts []string
	for _, each := range all {
		texts = append(texts, each.String())
	}
	if len(texts) == 0 {
		return "-"
	}
	return strings.Join(texts, ",")
}
