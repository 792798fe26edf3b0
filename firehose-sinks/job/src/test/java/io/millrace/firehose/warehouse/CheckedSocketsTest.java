package io.millrace.firehose.warehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.firehose.delivery.DeliverySpec.WarehouseTarget;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class CheckedSocketsTest {
    @ParameterizedTest
    @CsvSource({
        "PUBLIC,  127.0.0.1",
        "PUBLIC,  10.0.0.1",
        "PUBLIC,  192.168.0.1",
        "PUBLIC,  100.64.0.1",
        "PUBLIC,  fd00:ec2::254",
        "PUBLIC,  ::1",
        "PUBLIC,  0.0.0.0",
        "PUBLIC,  169.254.169.254",
        "PRIVATE, 169.254.169.254",
        "PRIVATE, fe80::1",
    })
    void anAddressThatIsNotAllowedIsNotConnectedTo(String reach, String host) throws Exception {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(host), 5432);
        try (Socket socket = new CheckedSockets(reach).createSocket()) {
            assertThatThrownBy(() -> socket.connect(address, 1000)).hasMessageContaining("may not reach");
            assertThatThrownBy(() -> socket.connect(address)).hasMessageContaining("may not reach");
        }
    }

    @Test
    void aPrivateWarehouseIsConnectedToWhereThatIsAllowed() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket socket = new CheckedSockets("PRIVATE").createSocket()) {
            socket.connect(server.getLocalSocketAddress(), 1000);
            assertThat(socket.isConnected()).isTrue();
        }
    }

    @Test
    void theDriverUsesThem() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String url = "jdbc:postgresql://127.0.0.1:" + server.getLocalPort() + "/d";
            WarehouseTarget target = new WarehouseTarget(url, "u", "p", "t", "", "CSV", 1000, "PUBLIC");
            StagedObject object = (StagedObject) Proxy.newProxyInstance(
                    CheckedSocketsTest.class.getClassLoader(),
                    new Class<?>[] {StagedObject.class},
                    (proxy, method, arguments) -> {
                        throw new AssertionError("nothing is read before the warehouse is connected to");
                    });

            assertThatThrownBy(() -> new PostgresCopy(target).copy(object))
                    .isInstanceOf(SQLException.class)
                    .hasStackTraceContaining("the warehouse is at an address that deliveries may not reach");
        }
    }

    @Test
    void noPasswordIsShown() {
        assertThat(new WarehouseTarget("jdbc:postgresql://h/d?password=hush", "u", "hush", "t", "", "CSV", 1)
                        .toString())
                .doesNotContain("hush");
    }
}
