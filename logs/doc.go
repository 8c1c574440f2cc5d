// Package logs turns what containers print into one stream that can be
// trusted: it parts what the server sends into lines, finds its place again
// when a log is opened anew, makes lines safe to draw, merges those of all
// workers by their time into a buffer of bounded size, and searches, filters
// and folds what is in there. It is pure: streams are opened by package kube
// and followed by package live.
package logs
