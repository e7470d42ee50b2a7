// Wence (问策) answers questions about government policy: which bureaus handle a
// matter, and the exact clause that says so.
//
// # A guided tour
//
// Read the packages in the order of their imports.
//
//   - corpus is the policy texts and their vocabulary. Parse turns a text into a
//     Document of Clauses, each with the Bureaus that it makes responsible.
//     corpus/policies holds the data, corpus/extract the file formats.
//   - index says what searching means. index/segment cuts Chinese text into words,
//     index/bleve finds clauses, index/indextest is the suite that every engine passes.
//   - bot is the conversation. Bot.Ask understands a question, ranks sentences,
//     decides in gate.go whether they answer it, and lets nothing out that Verify has
//     not checked. bot/compose writes drafts, bot/eval measures answers.
//   - bot/store keeps the document log and index.Follow keeps an index in step with it.
//     bot.Publisher reviews, previews and publishes; view.go in bot is why a question is
//     answered the same before, while and after the index follows.
//   - adapters is how questions come in and answers go out: the Gateway keeps each
//     message before it is acknowledged and answers it once, in order. A chat platform
//     is a Platform in a folder of its own, adapters/adaptertest the suite that each
//     passes; adapters/web is the web server.
//   - cmd/wence is this program: wire.go and house.go put the parts together. A command
//     that finds the data folder in use runs in the process that uses it: control.go.
package main
