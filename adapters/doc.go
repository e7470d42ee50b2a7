// Package adapters brings questions in from chat platforms and answers out to them.
//
// It owns the Gateway: a message is kept before it is acknowledged, each one is
// answered exactly once, in the order of its conversation, and sent within the limits
// of its platform. It refuses to know any platform: each is a Platform, in a folder of
// its own, that verifies and parses what comes in and formats and sends what goes out.
// It knows neither stores nor engines, only the interfaces in package bot.
package adapters
