using YamlDotNet.RepresentationModel;

namespace Ledger.Scenarios.Deploy;

public class CollectorTests
{
    private static readonly YamlMappingNode Collector = Yaml.Read("deploy/otel-collector.yaml");

    [Fact]
    public void Collector_Pipelines_UseOnlyWhatIsDefined()
    {
        YamlMappingNode pipelines = Collector.Map("service").Map("pipelines");

        pipelines.Keys().Should().BeEquivalentTo("traces", "metrics", "logs");
        foreach (YamlMappingNode pipeline in pipelines.Keys().Select(pipelines.Map))
        {
            foreach (string kind in new[] { "receivers", "processors", "exporters" })
            {
                pipeline.TryList(kind).Should().NotBeEmpty().And.BeSubsetOf(Collector.Map(kind).Keys());
            }

            pipeline.TryList("processors")[0].Should().Be("memory_limiter", "it must come first");
        }

        Collector.Map("service").TryList("extensions").Should().BeSubsetOf(Collector.Map("extensions").Keys());
    }

    [Fact]
    public void Collector_Receiver_ListensWhereTheHostsSend()
    {
        YamlMappingNode services = Yaml.Read("deploy/compose.yaml").Map("services");

        string port = Collector.Map("receivers").Map("otlp").Map("protocols").Map("grpc").Text("endpoint").Split(':')[1];

        foreach (string host in new[] { "silo", "api" })
        {
            services.Map(host).Map("environment").Text("OTEL_EXPORTER_OTLP_ENDPOINT").Should().Be($"http://collector:{port}");
        }
    }
}
