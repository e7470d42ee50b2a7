package storetest_test

import (
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Test(t, func(*testing.T) bot.Store { return &storetest.Memory{} })
}

func TestMemoryDesk(t *testing.T) {
	storetest.TestRecords(t, func(*testing.T) bot.Records { return &bot.MemoryDesk{} })
}

func TestMemoryQueue(t *testing.T) {
	storetest.TestQueue(t, func(*testing.T) storetest.Desk { return &bot.MemoryDesk{} })
}

func TestMemoryTickets(t *testing.T) {
	storetest.TestDesk(t, func(*testing.T) storetest.TicketDesk { return &bot.MemoryDesk{} })
}
