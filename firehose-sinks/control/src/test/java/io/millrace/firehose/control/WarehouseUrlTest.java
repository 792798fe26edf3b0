package io.millrace.firehose.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a delivery may load to, and what its URL may say. */
class WarehouseUrlTest {
    @Test
    void aUrlNamesHostsAndHarmlessProperties() {
        assertThat(WarehouseUrl.parse(
                                "jdbc:postgresql://a.example:5439,[::1]/dev?ssl=true&sslmode=require&currentSchema=x")
                        .hosts())
                .containsExactly(new WarehouseUrl.Host("a.example", 5439), new WarehouseUrl.Host("::1", 5432));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "socketFactory",
                "socketFactoryArg",
                "sslfactory",
                "sslfactoryarg",
                "sslhostnameverifier",
                "sslpasswordcallback",
                "sslkey",
                "sslcert",
                "sslrootcert",
                "sslpassword",
                "authenticationPluginClassName",
                "xmlFactoryFactory",
                "loggerFile",
                "loggerLevel",
                "passfile",
                "password",
                "user",
                "service",
                "options",
                "PGHOST",
                "PGPORT",
                "localSocketAddress",
                "jaasApplicationName",
                "gsslib",
                "kerberosServerName",
                "unknown",
                "SOCKETFACTORY",
                "%73ocketFactory",
                "",
            })
    void noPropertyLoadsClassesReadsFilesOrHoldsAPassword(String property) {
        assertThatThrownBy(() -> WarehouseUrl.parse("jdbc:postgresql://h/d?ssl=true&" + property + "=hush"))
                .hasMessageContaining("property " + property + " is not allowed")
                .hasMessageNotContaining("hush");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:redshift://h/d",
                "jdbc:postgresql:d",
                "jdbc:postgresql:/",
                "jdbc:postgresql:///d",
                "jdbc:postgresql://h",
                "jdbc:postgresql://user:hush@h/d",
                "jdbc:postgresql://h/d#hush",
                "jdbc:postgresql://h/d?ssl=true#hush",
                "jdbc:postgresql://h%2e/d",
                "jdbc:postgresql://h\\x/d",
                "jdbc:postgresql://h:0/d",
                "jdbc:postgresql://h:65536/d",
                "jdbc:postgresql://h:5432:1/d",
                "jdbc:postgresql://h,/d",
                "jdbc:postgresql://h /d",
                "JDBC:postgresql://h/d",
                "",
            })
    void whatDoesNotNameItsHostsIsRefusedWithoutBeingShown(String url) {
        assertThatThrownBy(() -> WarehouseUrl.parse(url))
                .hasMessageContaining("ClusterJDBCURL")
                .hasMessageNotContaining("hush");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.1.2.3",
                "[::1]",
                "[::]",
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "172.16.0.1",
                "192.168.1.1",
                "100.64.0.1",
                "100.100.100.200",
                "169.254.169.254",
                "[fe80::1]",
                "[fd00:ec2::254]",
                "[fc00::1]",
                "[::ffff:169.254.169.254]",
                "[::ffff:127.0.0.1]",
                "[::127.0.0.1]",
                "[64:ff9b::7f00:1]",
                "[2002:7f00:1::]",
                "224.0.0.1",
                "2130706433",
                "localhost",
            })
    void noDeliveryReachesIntoThePrivateNetwork(String host) {
        WarehouseUrl url = WarehouseUrl.parse("jdbc:postgresql://" + host + "/d");
        WarehouseUrl second = WarehouseUrl.parse("jdbc:postgresql://192.0.2.1," + host + "/d");

        assertThatThrownBy(() -> new WarehouseReach(() -> null).check(url)).hasMessageContaining("may not reach");
        assertThatThrownBy(() -> new WarehouseReach(() -> null).check(second)).hasMessageContaining("may not reach");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"192.0.2.1", "[2001:db8::1]", "11.0.0.1", "172.32.0.1", "100.128.0.1", "no-such-host.invalid"})
    void publicAddressesAndNamesWithoutOneAreLeftToTheJob(String host) {
        assertThatCode(() ->
                        new WarehouseReach(() -> null).check(WarehouseUrl.parse("jdbc:postgresql://" + host + "/d")))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://127.0.0.1:5439/dev,                     true",
        "jdbc:postgresql://localhost:5439/other?ssl=true,          true",
        "jdbc:postgresql://127.0.0.1:5432/dev,                     false",
        "jdbc:postgresql://127.0.0.1/dev,                          false",
        "jdbc:postgresql://10.0.0.1:5439/dev,                      false",
        "'jdbc:postgresql://127.0.0.1:5439,127.0.0.1:5432/dev',    false",
    })
    void theNodesOwnWarehouseIsReachedWhereverItIs(String url, boolean own) {
        WarehouseReach reach = new WarehouseReach(() -> "jdbc:postgresql://127.0.0.1:5439/dev?user=u");

        assertThat(reach.isOwn(WarehouseUrl.parse(url))).isEqualTo(own);
    }

    @Test
    void addressesWhereCloudsKeepCredentialsAreRefusedEvenAsTheNodesOwn() {
        WarehouseReach reach = new WarehouseReach(() -> "jdbc:postgresql://169.254.169.254:80/dev");

        assertThatThrownBy(() -> reach.check(WarehouseUrl.parse("jdbc:postgresql://169.254.169.254:80/dev")))
                .hasMessageContaining("may not reach");
    }

    @Test
    void publicIsWhatIsNotReserved() throws UnknownHostException {
        assertThat(WarehouseReach.isPublic(InetAddress.getByName("8.8.8.8"))).isTrue();
        assertThat(WarehouseReach.isPublic(InetAddress.getByName("2600::1"))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://h/d,                                   jdbc:postgresql://h/d",
        "jdbc:postgresql://h/d?ssl=true,                          jdbc:postgresql://h/d?ssl=true",
        "jdbc:postgresql://h/d?password=hush&ssl=true&user=u,     jdbc:postgresql://h/d?ssl=true",
        "jdbc:postgresql://h/d?password=hush,                     jdbc:postgresql://h/d",
    })
    void whatAnEarlierVersionLetInIsNotShown(String url, String shown) {
        assertThat(WarehouseUrl.shown(url)).isEqualTo(shown);
    }
}
