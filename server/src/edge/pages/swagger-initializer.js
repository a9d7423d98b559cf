// Starts Swagger UI.

// Only the session of animeloop travels in a cookie, which no page may set by hand. Everywhere else the browser
// is to add nothing of its own: it would open its login box for a 401 that asks for Basic.
const ANIMELOOP = '/api/v2/';

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
      request.credentials = pathname.startsWith(ANIMELOOP) ? 'same-origin' : 'omit';
      return request;
    },
  });
};
