// A plan of calls on one kept-alive HttpClient of the JDK: which statuses come, and what breaks.
// A call is `name|method|path|bytes of body|length or chunked|Header: value|…`; a `;` ends it. Nothing is tried twice.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

public class Unread {
    static String settings;

    /** A text or a number of the one flat JSON object of settings. */
    static String setting(String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\"?([^\",}]*)").matcher(settings);
        if (!found.find()) {
            throw new IllegalArgumentException("no setting " + name);
        }
        return found.group(1);
    }

    static HttpRequest request(String[] call) {
        byte[] body = "x".repeat(Integer.parseInt(call[3])).getBytes();
        var known = body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
        // A publisher without a length makes chunks.
        var publisher = call[4].equals("chunked") ? BodyPublishers.fromPublisher(known) : known;
        var origin = "http://" + setting("host") + ":" + setting("port");
        var request = HttpRequest.newBuilder(URI.create(origin + call[2])).method(call[1], publisher);
        for (int index = 5; index < call.length; index++) {
            String[] header = call[index].split(": ", 2);
            request.header(header[0], header[1]);
        }
        return request.build();
    }

    public static void main(String[] arguments) throws Exception {
        System.setProperty("jdk.httpclient.enableAllMethodRetry", "false");
        System.setProperty("jdk.httpclient.disableRetryConnect", "true");
        // It would try GET again all the same; then this makes it an error.
        System.setProperty("jdk.httpclient.redirects.retrylimit", "1");
        settings = new String(System.in.readAllBytes());
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        String[] plan = setting("plan").split(";");
        Map<String, TreeSet<Integer>> statuses = new TreeMap<>();
        List<String> errors = new ArrayList<>();
        for (int index = 0; index < Integer.parseInt(setting("calls")); index++) {
            String[] call = plan[index % plan.length].split("\\|");
            try {
                int status = client.send(request(call), BodyHandlers.ofString()).statusCode();
                statuses.computeIfAbsent(call[0], name -> new TreeSet<>()).add(status);
            } catch (Exception thrown) {
                String told = thrown.toString().replaceAll("[\"\\\\\\p{Cntrl}]", " ");
                errors.add("\"" + call[0] + ": " + told + "\"");
            }
        }
        String told = statuses.entrySet().stream()
            .map(entry -> "\"" + entry.getKey() + "\":" + entry.getValue())
            .collect(Collectors.joining(","));
        System.out.println("{\"statuses\":{" + told + "},\"errors\":[" + String.join(",", errors) + "]}");
    }
}
