// xz, which the standard library lacks; the only importer of ulikunitz/xz.
//
// For each block the library makes the dictionary that the block's header asks for, up to 4 GiB, before it has
// read any content. So the headers are looked for first. Where they are is known only to who unpacks; but
// they begin at a multiple of four bytes and end in a checksum, and nothing else does by chance.
package generator

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

const (
	maxDictionary   = 64 << 20 // what xz -9 asks for
	maxDictionaries = 1 << 30  // of all blocks; a block that is made by xz -T is three dictionaries long
)

// newXZReader unpacks data.
func newXZReader(data []byte) (io.Reader, error) {
	var all int64
	for at := 0; at < len(data); at += 4 {
		size := xzDictionary(data[at:])
		if all += size; size > maxDictionary || all > maxDictionaries {
			return nil, fmt.Errorf("xz asks for more than %d MiB of memory", maxDictionary>>20)
		}
	}
	return xz.ReaderConfig{DictCap: lzma.MinDictCap}.NewReader(bytes.NewReader(data))
}

// xzDictionary is the dictionary that the block header at the start of data asks for, 0 when none is there:
// https://tukaani.org/xz/xz-file-format.txt, section 3.1.
func xzDictionary(data []byte) int64 {
	if len(data) < 2 || data[0] == 0 || data[1]&0x3f != 0 { // not one filter, which is all that the library knows
		return 0
	}
	end := 4 * int(data[0])
	if len(data) < end+4 {
		return 0
	}
	fields := data[2:end]
	skip := func(present bool) {
		if _, n := binary.Uvarint(fields); present {
			fields = fields[max(n, 0):]
		}
	}
	skip(data[1]&0x40 != 0) // compressed size
	skip(data[1]&0x80 != 0) // uncompressed size
	skip(true)              // the filter's name
	if len(fields) < 2 || crc32.ChecksumIEEE(data[:end]) != binary.LittleEndian.Uint32(data[end:]) {
		return 0
	}
	size, err := lzma.DecodeDictCap(fields[1]) // after the number of bytes that describe it
	if err != nil {
		return 0
	}
	return size
}
