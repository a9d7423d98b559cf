// The JDK's HttpClient with an Authenticator: what it makes of each 401, and of answers that need none.
// It throws an IOException where a 401 says nothing of how to authenticate, so an answer is a fact of its own.

import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Jdk {
    static final String BEARER = "Authorization";
    static String settings;
    static HttpClient client;
    static List<String> facts = new ArrayList<>();

    /** A text of the one flat JSON object of settings. */
    static String setting(String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(settings);
        if (!found.find()) {
            throw new IllegalArgumentException("no setting " + name);
        }
        return found.group(1);
    }

    static void ask(String fact, String method, String path, String body, String... headers) {
        var request = HttpRequest.newBuilder(URI.create(setting("base_url") + path))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        String told;
        try {
            var answer = client.send(request.build(), BodyHandlers.ofString());
            var challenge = answer.headers().firstValue("WWW-Authenticate").map(text -> text.split(" ")[0]);
            told = "[" + answer.statusCode() + challenge.map(scheme -> ",\"" + scheme + "\"").orElse("") + "]";
        } catch (Exception thrown) {
            told = "\"" + thrown.getMessage() + "\"";
        }
        facts.add(String.format(Locale.ROOT, "\"%s\":%s", fact, told));
    }

    public static void main(String[] arguments) throws Exception {
        settings = new String(System.in.readAllBytes());
        client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .authenticator(new Authenticator() {
                @Override
                protected PasswordAuthentication getPasswordAuthentication() {
                    return new PasswordAuthentication(setting("oauth_client_id"), setting("oauth_client_secret").toCharArray());
                }
            })
            .build();
        String json = "application/json";
        String form = "application/x-www-form-urlencoded";
        ask("pnut_without_token", "GET", "/v1/token", null);
        ask("pnut_wrong_token", "GET", "/v1/token", null, BEARER, "Bearer wrong");
        ask("pnut_delete", "DELETE", "/v1/token", null, BEARER, "Bearer wrong");
        ask("auth_api_long", "POST", "/v1/auth/tokens/long",
            "{\"grant_type\":\"client_credentials\",\"client_id\":\"x\",\"client_secret\":\"y\"}",
            "Content-Type", json, "X-Client-Id", "x");
        ask("auth_api_short", "POST", "/v1/auth/tokens/short", null);
        ask("auth_api_short_wrong_token", "POST", "/v1/auth/tokens/short", null, BEARER, "Bearer lt_wrong");
        ask("auth_api_revoke", "POST", "/v1/auth/tokens/x/revoke", null, BEARER, "Bearer lt_wrong");
        ask("manis", "POST", "/api/v1/auth/token", null,
            "x-merchant-id", setting("manis_merchant_id"), "x-secret", setting("manis_secret"));
        ask("oauth_by_its_authenticator", "POST", "/oauth/introspect", "token=x", "Content-Type", form);
        ask("oauth_wrong_secret", "POST", "/oauth/introspect", "token=x", "Content-Type", form,
            BEARER, "Basic eDp5");
        System.out.println("{" + String.join(",", facts) + "}");
    }
}
