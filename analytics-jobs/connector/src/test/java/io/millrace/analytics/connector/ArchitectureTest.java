package io.millrace.analytics.connector;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.millrace.analytics.connector", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule theClientKnowsNoFlink = noClasses()
            .that()
            .resideInAPackage("..connector.client..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.flink..")
            .because("how an endpoint is reached has nothing to do with who reads from it");

    @ArchTest
    static final ArchRule sourceAndSinkKnowNoTables = noClasses()
            .that()
            .resideInAnyPackage("..connector.source..", "..connector.sink..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.flink.table..", "..connector.table..")
            .because("a job in Java needs no table API on its path");

    @ArchTest
    static final ArchRule theConnectorKnowsNoNode = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.millrace.durable..", "io.millrace.ingest..", "io.millrace.protocol..")
            .because("it reads from AWS as well, and runs on any cluster");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("io.millrace.analytics.connector.(**)").should().beFreeOfCycles();
}
