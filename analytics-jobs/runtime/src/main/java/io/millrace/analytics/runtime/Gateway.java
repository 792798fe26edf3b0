package io.millrace.analytics.runtime;

import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.rest.RestServerEndpoint;
import org.apache.flink.table.gateway.api.endpoint.SqlGatewayEndpoint;
import org.apache.flink.table.gateway.api.endpoint.SqlGatewayEndpointFactoryUtils;
import org.apache.flink.table.gateway.service.SqlGatewayServiceImpl;
import org.apache.flink.table.gateway.service.context.DefaultContext;
import org.apache.flink.table.gateway.service.session.SessionManager;

/** The SQL gateway with its one endpoint. Flink's own class of that name does not tell its port. */
final class Gateway {
    private final SessionManager sessions;
    private final SqlGatewayEndpoint endpoint;

    private Gateway(SessionManager sessions, SqlGatewayEndpoint endpoint) {
        this.sessions = sessions;
        this.endpoint = endpoint;
    }

    static Gateway start(Configuration configuration) throws Exception {
        SessionManager sessions = SessionManager.create(new DefaultContext(configuration, List.of()));
        sessions.start();
        SqlGatewayEndpoint endpoint = SqlGatewayEndpointFactoryUtils.createSqlGatewayEndpoint(
                        new SqlGatewayServiceImpl(sessions), configuration)
                .get(0);
        endpoint.start();
        return new Gateway(sessions, endpoint);
    }

    int port() {
        return ((RestServerEndpoint) endpoint).getRestPort();
    }

    /** Ends the endpoint and all sessions. */
    void stop() {
        try {
            endpoint.stop();
        } catch (Exception e) { // what its stop() declares
            System.err.println("the SQL gateway did not stop in order: " + e);
        }
        sessions.stop();
    }
}
