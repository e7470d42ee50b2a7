// Package corpus holds the policy texts and their vocabulary: documents, the
// clauses they are made of, the bureaus that a clause makes responsible, and the
// words in which people ask about them.
//
// It owns what a policy says and where: every Clause and every Responsibility is
// a byte span of Document.Text, so that whatever is quoted later can be checked
// against the text. It refuses to know how text is searched, who asks, or how an
// answer is written, and imports the standard library only.
package corpus
