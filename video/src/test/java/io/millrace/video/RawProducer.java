package io.millrace.video;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A producer on a bare socket that sends the same media over and over and listens while it sends. The version 1 client
 * cannot: it reads its input on its only thread for as long as there is any.
 */
final class RawProducer {
    private static final Pattern ACK = Pattern.compile(
            "\\{\"EventType\":\"(\\w+)\",\"FragmentTimecode\":(\\d+),\"FragmentNumber\":\"(\\d{47})\"\\}");

    private RawProducer() {}

    /** Sends a number of times, then ends the request; returns when the answer ends or the connection breaks. */
    static void send(URI server, String stream, byte[] media, int times, Consumer<Ack> onAck) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            Thread sender = new Thread(() -> write(socket, stream, media, times), "raw-producer");
            sender.setDaemon(true);
            sender.start();
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null && !line.equals("0"); line = in.readLine()) {
                Matcher ack = ACK.matcher(line);
                if (ack.matches()) {
                    onAck.accept(new Ack(ack.group(1), Long.parseLong(ack.group(2)), ack.group(3)));
                }
            }
        }
    }

    private static void write(Socket socket, String stream, byte[] media, int times) {
        try {
            OutputStream out = socket.getOutputStream();
            String head = "POST /putMedia HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                    + "Authorization: Credential=AKID/20260101/eu-west-1/kinesisvideo/aws4_request\r\n"
                    + "x-amzn-stream-name: " + stream + "\r\nx-amzn-fragment-timecode-type: RELATIVE\r\n\r\n";
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            byte[] size = (Integer.toHexString(media.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < times; i++) {
                out.write(size);
                out.write(media);
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
        } catch (IOException e) {
            Thread.currentThread().interrupt(); // the server has gone, which the reader sees too
        }
    }
}
