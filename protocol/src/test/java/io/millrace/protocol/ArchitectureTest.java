package io.millrace.protocol;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.millrace.protocol", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule shapesKnowNeitherHttpNorOperations = noClasses()
            .that()
            .resideInAPackage("io.millrace.protocol.shape..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.millrace.protocol.endpoint..", "io.millrace.protocol.api..", "io.netty..")
            .because("a body has the same form wherever it comes from");

    @ArchTest
    static final ArchRule theEndpointKnowsNoAwsProtocol = noClasses()
            .that()
            .resideInAPackage("io.millrace.protocol.endpoint..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.millrace.protocol.api..", "io.millrace.protocol.shape..", "software.amazon..")
            .because("what a request means is decided by the router it is given");

    @ArchTest
    static final ArchRule documentsKnowBytesKeysAndFilesOnly = noClasses()
            .that()
            .resideInAPackage("io.millrace.protocol.state..")
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages("io.millrace.protocol.state..", "java..", "org.jspecify..")
            .because("every feature keeps its documents there");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("io.millrace.protocol.(*)..").should().beFreeOfCycles();
}
