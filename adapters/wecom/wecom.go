// Package wecom speaks with WeCom 企业微信, in three kinds: the robot 智能机器人 that
// answers in groups and one to one (URL mode), the application 自建应用 that answers
// members one to one, and the group robot 群机器人 that only sends notices out.
//
// It owns WeCom's cryptography, formats, limits and error codes. It refuses to know
// what a policy is, how an answer is found or where anything is kept.
//
// "doc N" in the comments is https://developer.work.weixin.qq.com/document/path/N.
package wecom
