/**
 * Search over HTTP: {@link dev.freebind.search.server.SearchServer} answers a page for people, routes of its own, and those of
 * clip-retrieval where they fit.
 *
 * <p>Safe by default: it listens where it is told, normally on loopback; it fetches no addresses; queries name no files of the
 * server, only what is attached to them; files are shown only if metadata name them and they lie, links resolved, in a media
 * folder, and only as images and sounds; bodies, parts, results and concurrent searches are limited; requests that other sites
 * make through a visitor's browser are refused.
 */
@NullMarked
package dev.freebind.search.server;

import org.jspecify.annotations.NullMarked;
