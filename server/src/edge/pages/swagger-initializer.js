// Starts Swagger UI.

// A session travels in a cookie, which no page may set by hand. So the browser adds its own cookies below the base
// paths of the dialects whose operations ask for one. Everywhere else it is to add nothing of its own: it would open
// its login box for a 401 that asks for Basic.
const cookiePaths = ({ tags = [], paths = {}, components = {} }) => {
  const isCookie = (name) => components.securitySchemes?.[name]?.in === 'cookie';
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  const withCookie = operations
    .filter(({ security = [] }) => security.some((needed) => Object.keys(needed).some(isCookie)))
    .flatMap((operation) => operation.tags);
  return tags
    .filter(({ name }) => withCookie.includes(name))
    .flatMap((tag) => tag['x-base-path'] ?? []);
};

// Earlier versions of this page kept what was typed into "Authorize" here.
localStorage.removeItem('authorized');

window.onload = () => {
  window.ui = SwaggerUIBundle({
    "url": "/openapi.json",
    dom_id: '#swagger-ui',
    deepLinking: true,
    // Without the bar that opens other documents: it brings a style in the page, which the policy forbids.
    layout: 'BaseLayout',
    presets: [SwaggerUIBundle.presets.apis],
    persistAuthorization: false,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    displayOperationId: true,
    docExpansion: 'list',
    // The default asks a validator on the net.
    validatorUrl: 'none',
    requestInterceptor: (request) => {
      const { pathname } = new URL(request.url, window.location.href);
      // Before the document is there, it is the document that is asked for.
      const document = window.ui?.specSelectors.specJson().toJS() ?? {};
      const isBelow = (base) => pathname.startsWith(`${base}/`);
      request.credentials = cookiePaths(document).some(isBelow) ? 'same-origin' : 'omit';
      return request;
    },
  });
};
