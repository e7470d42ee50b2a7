package bleve

import "math"

// BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009). The
// same values serve law articles, policy paragraphs and press texts; between 0.6 and
// 0.8, and 0.5 and 0.75, hardly anything changes.
const (
	bm25K1 = 0.7
	bm25B  = 0.7
)

// What counts besides the terms of the clause itself, relative to those. How to
// weigh them was measured with "bench quality" on three collections.
const (
	// numberWeight is for terms of figures only: they are rare, and any matter can have
	// them.
	numberWeight = 0.3
	// charWeight is for the characters of a term of two: 租房 and 房屋租赁 have no
	// pair in common, but both characters.
	charWeight = 0.6
	// sentenceWeight is for the characters of the sentence that has most of them, on top
	// of charWeight.
	sentenceWeight = 1.6
	// sentenceLength is that of a usual sentence, in characters: longer ones have more
	// by chance.
	sentenceLength = 40
	// bagWeight is for terms that the document of the clause has anywhere: the place
	// or matter is often named once, far from the clause that answers.
	bagWeight = 1.0
	// titleWeight is for terms in the title of the document, on top of bagWeight.
	titleWeight = 0.3
	// placeWeight is for documents of a place that is asked about, as a part of what all
	// terms of the question count. What names a place anywhere has its terms already.
	placeWeight = 0.2
	// elsewhereWeight is taken from documents that are only of other places, neither
	// within one asked about nor around it.
	elsewhereWeight = 0.1
	// citedWeight is for documents that others cite, in the same measure: half of it for
	// the first that does. What is cited is what the others carry out or amend.
	citedWeight = 0.1
	// voteWeight is for documents with many good clauses, as a part of the best score.
	voteWeight = 0.2
)

// idf is the inverse document frequency of BM25, which is never negative.
func idf(df, n int) float64 {
	return math.Log(1 + (float64(n)-float64(df)+0.5)/(float64(df)+0.5))
}

// saturation is what a term that occurs tf times counts in a clause of a length,
// relative to the mean length.
func saturation(tf, length float64) float64 {
	return tf * (bm25K1 + 1) / (tf + bm25K1*(1-bm25B+bm25B*length))
}

// Lengths are kept in classes, each half as long again as the one before.
const lengthClasses = 16

// lengthOf are the lengths that stand for the classes, in terms.
var lengthOf = func() (of [lengthClasses]float64) {
	length := 4.0
	for i := range of {
		of[i] = length
		length *= 1.5
	}
	return of
}()

// lengthKeys are the terms of the classes in the field of lengths.
var lengthKeys = func() (keys [lengthClasses]string) {
	for i := range keys {
		keys[i] = string(rune('a' + i))
	}
	return keys
}()

func lengthClass(terms int) int {
	if terms <= int(lengthOf[0]) {
		return 0
	}
	class := math.Round(math.Log(float64(terms)/lengthOf[0]) / math.Log(1.5))
	return min(int(class), lengthClasses-1)
}
