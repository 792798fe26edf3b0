package io.millrace.firehose;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.millrace.firehose", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule onlyTheJobKnowsFlink = noClasses()
            .that()
            .resideInAnyPackage(
                    "..firehose.delivery..",
                    "..firehose.format..",
                    "..firehose.warehouse..",
                    "..firehose.buffer..",
                    "..firehose.ledger..",
                    "..firehose.engine..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.flink..", "io.millrace.analytics..", "..firehose.job..")
            .because("what is delivered and how is tested without a cluster");

    @ArchTest
    static final ArchRule theJobKnowsNoNode = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.millrace.durable..", "io.millrace.protocol..", "io.millrace.ingest..")
            .because("it runs on a cluster that may be elsewhere");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("io.millrace.firehose.(**)").should().beFreeOfCycles();
}
