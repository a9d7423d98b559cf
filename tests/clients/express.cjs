// An Express application whose sessions animeloop's cookie must fit.
//
// Settings come as one line of JSON on stdin: {secret, name, sid, user}. Its store then holds the
// session `sid` of `user`, as an application that shares the session table would. The port it
// listens on is the first line of stdout; it ends with its stdin.
//
//   GET /whoami  the session that the cookie leads to: {sid, user}, user null for a new one
//   GET /login   a session made here, under the identifier `sid`: sets its cookie
//   GET /sign    the cookie as `cookie-signature` and `cookie` make it, without any middleware
//   GET /unsign  the identifier that they read in the cookie, or null
'use strict';

const readline = require('node:readline');
const cookie = require('cookie');
const signature = require('cookie-signature');
const express = require('express');
const session = require('express-session');

function serve({ secret, name, sid, user }) {
  const store = new session.MemoryStore();
  const sessions = session({
    secret,
    name,
    store,
    genid: () => sid,
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 30 * 3600 * 1000 },
  });
  const app = express();
  app.get('/whoami', sessions, (req, res) => {
    res.json({ sid: req.sessionID, user: req.session.user ?? null });
  });
  app.get('/login', sessions, (req, res) => {
    req.session.regenerate(() => {
      req.session.user = 'made by express';
      res.json({ sid: req.sessionID });
    });
  });
  app.get('/sign', (_req, res) => {
    res.json({ cookie: cookie.serialize(name, `s:${signature.sign(sid, secret)}`) });
  });
  app.get('/unsign', (req, res) => {
    const value = cookie.parse(req.headers.cookie ?? '')[name] ?? '';
    const read = value.startsWith('s:') && signature.unsign(value.slice(2), secret);
    res.json({ sid: read || null });
  });
  store.set(sid, { cookie: { originalMaxAge: 30 * 3600 * 1000 }, user }, () => {
    const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
  });
}

const input = readline.createInterface({ input: process.stdin });
input.once('line', (line) => serve(JSON.parse(line)));
input.once('close', () => process.exit(0));
