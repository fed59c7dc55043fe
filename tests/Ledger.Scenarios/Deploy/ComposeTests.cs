using System.Text.RegularExpressions;
using Ledger.Tests;
using YamlDotNet.RepresentationModel;

namespace Ledger.Scenarios.Deploy;

public partial class ComposeTests
{
    private const string ComposeFile = "deploy/compose.yaml";

    // The part of the Compose Specification that we use; anything else in our file is a typing error until it is added here.
    private static readonly string[] TopLevel = ["services", "volumes"];
    private static readonly string[] OfService =
    [
        "image", "build", "command", "environment", "volumes", "ports", "healthcheck", "depends_on", "restart", "read_only", "tmpfs", "cap_drop",
        "security_opt", "ulimits", "stop_grace_period",
    ];

    private static readonly YamlMappingNode Compose = Yaml.Read(ComposeFile);

    [Fact]
    public void ComposeFile_Read_HasOnlyKnownKeysAndReferences()
    {
        YamlMappingNode services = Compose.Map("services");

        Compose.Keys().Should().BeSubsetOf(TopLevel);
        services.Keys().Should().BeEquivalentTo("eventstore", "collector", "silo", "api");
        foreach (string name in services.Keys())
        {
            YamlMappingNode service = services.Map(name);
            service.Keys().Should().BeSubsetOf(OfService, "of service {0}", name);
            service.Text("image").Should().MatchRegex("^[a-z0-9./-]+:[A-Za-z0-9._-]+$", "the image of {0} is pinned", name).And.NotEndWith(":latest");
            service.TryMap("depends_on")?.Keys().Should().BeSubsetOf(services.Keys());
            foreach (string volume in service.TryList("volumes").Select(v => v.Split(':')[0]))
            {
                bool known = volume.StartsWith('.') ? Path.Exists(Repository.PathOf("deploy", volume)) : Compose.Map("volumes").Keys().Contains(volume, StringComparer.Ordinal);
                known.Should().BeTrue("volume {0} of {1} exists", volume, name);
            }

            service.TryMap("healthcheck")?.Keys().Should().BeSubsetOf(["test", "interval", "timeout", "retries", "start_period"]).And.Contain("test");
        }
    }

    [Fact]
    public void ComposeFile_Published_IsLoopbackOnly() =>
        Compose.Map("services").Keys().SelectMany(s => Compose.Map("services").Map(s).TryList("ports")).Should().NotBeEmpty()
            .And.AllSatisfy(port => port.Should().StartWith("127.0.0.1:"));

    [Fact]
    public void ComposeFile_LedgerKeys_AreConfigurationKeys() =>
        KeysOf(["silo", "api"]).Should().NotBeEmpty().And.BeSubsetOf(ConfigurationKeys.All());

    [Fact]
    public void OperatorPage_LedgerKeys_AreConfigurationKeys() =>
        ConfigurationKeys.InOperatorPage().Should().BeEquivalentTo(ConfigurationKeys.All());

    [SkippableFact]
    public void ComposeFile_AgainstTheSpecification_IsValid()
    {
        Skip.IfNot(Repository.Has("docker-compose"), "docker-compose is not installed; it holds the Compose Specification's schema (apt-get install docker-compose).");

        (int code, string output) = Repository.TryRun("docker-compose", "-f", ComposeFile, "config", "--quiet");

        code.Should().Be(0, output);
    }

    [SkippableFact]
    public void ComposeFile_ForPodman_CanBePlanned()
    {
        Skip.IfNot(Repository.Has("podman-compose") && Repository.Has("podman"), "podman-compose or podman is not installed (apt-get install podman podman-compose).");
        (int version, string reason) = Repository.TryRun("podman", "--version");
        Skip.IfNot(version == 0, $"podman does not run on this machine: {reason.Trim()}");

        (int code, string output) = Repository.TryRun("podman-compose", "--dry-run", "-f", ComposeFile, "up");

        code.Should().Be(0, output);
    }

    [Fact]
    public void Containerfile_LastStage_RunsAsAnOrdinaryUser()
    {
        string[] lines = File.ReadAllLines(Repository.PathOf("deploy", "Containerfile"));

        lines.Count(l => l.StartsWith("FROM ", StringComparison.Ordinal)).Should().Be(2, "what builds is not what runs");
        lines.Last(l => l.StartsWith("USER ", StringComparison.Ordinal)).Should().Be("USER 1654:1654");
        lines.Where(l => l.StartsWith("COPY ", StringComparison.Ordinal) && !l.Contains("--from=", StringComparison.Ordinal))
            .SelectMany(l => l.Split(' ')[1..^1]).Where(p => !Path.Exists(Repository.PathOf(p))).Should().BeEmpty();
    }

    private static IEnumerable<string> KeysOf(string[] services) =>
        from service in services
        from key in Compose.Map("services").Map(service).Map("environment").Keys()
        where key.StartsWith("Ledger__", StringComparison.Ordinal)
        select Place().Replace(key.Replace("__", ":", StringComparison.Ordinal), ":#");

    [GeneratedRegex(":[0-9]+(?=:|$)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Place();
}
