using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Google.Protobuf.Reflection;
using Json.Schema;
using Ledger.Cli.Import.Mapping;
using Ledger.V1;
using Xunit;

namespace Ledger.Cli.Tests.Import;

public sealed class MappingSchemaTests
{
    private static readonly string SchemaText = File.ReadAllText(Path.Combine(Sample.Repository, "docs", "formats", "mapping.schema.json"));
    private static readonly Lazy<JsonSchema> Schema = new(() => JsonSchema.FromText(SchemaText));

    public static TheoryData<string> Mappings => new("ai-hiring", "bpi2012", "production", "garments");

    [Theory]
    [MemberData(nameof(Mappings))]
    public void Schema_TakesEveryCommittedMapping(string name) =>
        IsValid(File.ReadAllText(Path.Combine(Sample.Repository, "mappings", name + ".json"))).Should().BeTrue();

    [Theory]
    [MemberData(nameof(Mappings))]
    public void Importer_TakesEveryCommittedMapping(string name) => Sample.Committed(name).Id.Should().Be(name);

    [Theory]
    [InlineData("\"kind\": \"measured\"", "\"kinds\": \"measured\"")]
    [InlineData("\"category\": \"MONITORING\"", "\"category\": \"WATCHING\"")]
    [InlineData("{ \"time\": \"${at}\" }", "{ \"time\": \"${at}\", \"formats\": \"iso\" }")]
    [InlineData("\"skip\": \"nobody\"", "\"skip\": \"nobody\", \"partOf\": \"x\"")]
    [InlineData("\"present\": false", "\"present\": false, \"is\": 1")]
    [InlineData("\"key\": [\"${id}\"],", "")]
    public void Schema_RefusesWhatTheImporterRefuses(string from, string to)
    {
        string text = Sample.Text.Replace(from, to, StringComparison.Ordinal);

        IsValid(Sample.Text).Should().BeTrue();
        IsValid(text).Should().BeFalse();
        FluentActions.Invoking(() => Sample.Parse(text)).Should().Throw<MappingException>();
    }

    [Fact]
    public void Schema_HasTheFieldsOfTheContract_AndNoOther()
    {
        JsonNode definitions = JsonNode.Parse(SchemaText)!["$defs"]!;
        foreach (MessageDescriptor message in Decision.Descriptor.File.MessageTypes)
        {
            string[] expected = [.. message.Fields.InDeclarationOrder()
                .Where(field => !Output(field) && field.FullName != "ledger.v1.Decision.decision_id").Select(field => field.JsonName), "when"];
            definitions[message.Name]!["properties"]!.AsObject().Select(property => property.Key).Should().BeEquivalentTo(expected, message.Name);
        }
    }

    private static bool Output(FieldDescriptor field) =>
        field.GetOptions()?.GetExtension(Google.Api.FieldBehaviorExtensions.FieldBehavior)?.Contains(Google.Api.FieldBehavior.OutputOnly) ?? false;

    private static bool IsValid(string json) => Schema.Value.Evaluate(JsonSerializer.Deserialize<JsonElement>(json)).IsValid;
}
