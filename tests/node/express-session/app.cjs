// An Express-style application whose sessions animeloop's cookie must fit.
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

const http = require('node:http');
const readline = require('node:readline');
const cookie = require('cookie');
const signature = require('cookie-signature');
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
  const answer = (res, body) => {
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify(body));
  };
  const routes = {
    '/whoami': (req, res) =>
      sessions(req, res, () =>
        answer(res, { sid: req.sessionID, user: req.session.user ?? null })),
    '/login': (req, res) =>
      sessions(req, res, () =>
        req.session.regenerate(() => {
          req.session.user = 'made by express';
          answer(res, { sid: req.sessionID });
        })),
    '/sign': (_req, res) =>
      answer(res, { cookie: cookie.serialize(name, `s:${signature.sign(sid, secret)}`) }),
    '/unsign': (req, res) => {
      const value = cookie.parse(req.headers.cookie ?? '')[name] ?? '';
      const read = value.startsWith('s:') && signature.unsign(value.slice(2), secret);
      answer(res, { sid: read || null });
    },
  };
  const server = http.createServer((req, res) => {
    const route = routes[req.url];
    if (route) {
      route(req, res);
    } else {
      res.statusCode = 404;
      res.end();
    }
  });
  store.set(sid, { cookie: { originalMaxAge: 30 * 3600 * 1000 }, user }, () =>
    server.listen(0, '127.0.0.1', () => console.log(server.address().port)));
}

const input = readline.createInterface({ input: process.stdin });
input.once('line', (line) => serve(JSON.parse(line)));
input.once('close', () => process.exit(0));
