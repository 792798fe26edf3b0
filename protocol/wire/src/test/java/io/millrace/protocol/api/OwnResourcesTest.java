package io.millrace.protocol.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.protocol.arn.Arn;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.RequestHead;
import io.millrace.protocol.shape.BodyFormat;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OwnResourcesTest {
    private static final OwnResources OWN = new OwnResources("kinesis", "stream/", new OwnResources.Refusals() {
        @Override
        public ServiceException malformed(String text) {
            return ServiceException.refused("Malformed", text);
        }

        @Override
        public ServiceException denied(String message) {
            return ServiceException.refused("Denied", message);
        }

        @Override
        public ServiceException notFound(Arn arn) {
            return ServiceException.refused("NotFound", arn.resource());
        }
    });

    @ParameterizedTest
    @CsvSource({
        "us-east-1,     arn:aws:kinesis:us-east-1:111122223333:stream/orders",
        "cn-north-1,    arn:aws-cn:kinesis:cn-north-1:111122223333:stream/orders",
        "us-gov-west-1, arn:aws-us-gov:kinesis:us-gov-west-1:111122223333:stream/orders",
    })
    void whatIsOfTheCallersAccountAndRegionIsTheirs(String region, String arn) {
        Namespace caller = new Namespace("111122223333", region);

        assertThat(OWN.nameIn(arn, call(caller, "/", "Kinesis_20131202.DescribeStream")))
                .isEqualTo("orders");
        assertThat(caller.arn("kinesis", "stream/orders")).isEqualTo(arn);
    }

    @ParameterizedTest
    @CsvSource({
        "arn:aws:kinesis:eu-west-1:111122223333:stream/orders,    NotFound",
        "arn:aws:kinesis::111122223333:stream/orders,             NotFound",
        "arn:aws-cn:kinesis:us-east-1:111122223333:stream/orders, NotFound",
        "arn::kinesis:us-east-1:111122223333:stream/orders,       NotFound",
        "arn:aws:kinesis:us-east-1:444455556666:stream/orders,    Denied",
        "arn:aws-cn:kinesis:eu-west-1:444455556666:stream/orders, Denied",
        "arn:aws:kinesis:us-east-1::stream/orders,                Denied",
        "arn:aws:firehose:us-east-1:111122223333:stream/orders,   Malformed",
        "arn:aws:kinesis:us-east-1:111122223333:consumer/orders,  Malformed",
        "orders,                                                  Malformed",
    })
    void whatIsNotIsRefused(String arn, String code) {
        CallContext call = call(new Namespace("111122223333", "us-east-1"), "/", "Kinesis_20131202.DescribeStream");

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> OWN.nameIn(arn, call))
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(code));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/describeStream", "/"})
    void aRefusalNamesTheActionAsIamDoes(String path) {
        String target = path.equals("/") ? "Kinesis_20131202.DescribeStream" : null;

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> OWN.nameIn(
                        "arn:aws:kinesis:us-east-1:444455556666:stream/orders", call(Namespace.DEFAULT, path, target)))
                .withMessage("User: arn:aws:iam::000000000000:root is not authorized to perform: kinesis:DescribeStream"
                        + " on resource: arn:aws:kinesis:us-east-1:444455556666:stream/orders because no resource-based"
                        + " policy allows the kinesis:DescribeStream action");
    }

    @Test
    void aTokenOfAnotherAccountIsRefused() {
        CallContext call = call(Namespace.DEFAULT, "/", "Kinesis_20131202.GetRecords");
        OWN.refuseOthers(Namespace.DEFAULT, "arn", call);

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> OWN.refuseOthers(new Namespace("444455556666", "us-east-1"), "arn", call));
    }

    private static CallContext call(Namespace caller, String path, String target) {
        HttpHeaders headers = new DefaultHttpHeaders();
        if (target != null) {
            headers.set("X-Amz-Target", target);
        }
        RequestHead head = new RequestHead("POST", path, "", headers, false, false);
        Exchange exchange = (Exchange) Proxy.newProxyInstance(
                OwnResourcesTest.class.getClassLoader(),
                new Class<?>[] {Exchange.class},
                (proxy, method, arguments) -> method.getName().equals("head") ? head : null);
        return new CallContext(exchange, caller, BodyFormat.JSON_1_1);
    }
}
