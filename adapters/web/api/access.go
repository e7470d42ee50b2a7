package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/wence-bot/wence/adapters/web"
)

// A caller is who calls: a key, or a program on this machine.
type caller struct {
	name string // ID of the key, or anonymous
	key  *Key   // nil without key
}

// anonymous names the callers without key.
const anonymous = "anonymous"

type callerKey struct{}

// callerOf returns who calls.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// guard lets in whoever may call, not too often, and gives a request a time limit.
func (a *API) guard(scope Scope, h handler, fail failure) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), askTime)
		defer cancel()
		c, err := a.admit(r, scope)
		if err == nil {
			err = h(w, r.WithContext(context.WithValue(ctx, callerKey{}, c)))
		}
		if err != nil {
			p := problemOf(err)
			a.report(w, r, p)
			if p.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="wence"`)
			}
			fail(w, p)
		}
	})
}

// admit returns who calls, if they may.
//
// Whoever shows a valid key may do what its scopes say. Without any key in the file
// the interface is open to programs on this machine, so that it works with no setting,
// and closed to all others. Once there is a key everybody needs one.
func (a *API) admit(r *http.Request, scope Scope) (caller, error) {
	address := web.ClientIP(r)
	secret, shown, err := bearer(r)
	if err != nil {
		return caller{}, err
	}
	var key *Key
	needed := false
	if a.Keys != nil {
		if key, needed, err = a.Keys.find(secret); err != nil {
			return caller{}, err
		}
	}
	if key == nil {
		// Who guesses keys is slowed down as well.
		if wait := a.limiter.take("address "+network(address), a.limiter.Address); wait > 0 {
			return caller{}, tooOften(wait)
		}
		switch {
		case scope == scopeNone:
		case shown && needed:
			return caller{}, refuse(http.StatusUnauthorized, kindBadKey, "密钥无效", "密钥写错了或已被吊销;请向管理员索取新的。")
		case needed:
			return caller{}, refuse(http.StatusUnauthorized, kindNoKey, "需要密钥", "请在请求头里带上 Authorization: Bearer 加密钥;密钥由管理员用 wence key create 生成。")
		case a.URL != "" || !local(r):
			return caller{}, refuse(http.StatusUnauthorized, kindNoKey, "需要密钥", "还没有设置密钥时,接口只对本机程序开放;请管理员用 wence key create 生成一个。")
		}
		return caller{name: anonymous}, nil
	}
	perSecond := key.Rate
	if perSecond == 0 {
		perSecond = a.limiter.Key
	}
	if wait := a.limiter.take("key "+key.ID, perSecond); wait > 0 {
		return caller{}, tooOften(wait)
	}
	for _, s := range strings.Fields(string(scope)) {
		if !slices.Contains(key.Scopes, Scope(s)) {
			return caller{}, refuse(http.StatusForbidden, kindScope, "密钥没有这项权限", "这个接口需要权限 %s,密钥“%s”没有;请管理员另发一个密钥。", s, key.Name)
		}
	}
	return caller{name: key.ID, key: key}, nil
}

// bearer returns the key that a request shows.
func bearer(r *http.Request) (secret string, shown bool, err error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", false, nil
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true, refuse(http.StatusUnauthorized, kindBadKey, "不支持这种认证方式", "请用 Authorization: Bearer 加密钥。")
	}
	return strings.TrimSpace(secret), true, nil
}

// local reports whether a program on this machine calls. A proxy on this machine calls
// for others, and so does a browser that was led here under a foreign name. Of HTTP/1.0
// only proxies are left: nginx speaks it unless it is told otherwise, and names nobody.
func local(r *http.Request) bool {
	if !r.ProtoAtLeast(1, 1) {
		return false
	}
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// network returns the part of an address that one customer has: all of an IPv4
// address, the first half of an IPv6 address.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	if ip = ip.Unmap(); ip.Is6() {
		if p, err := ip.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
