using System.Collections;
using System.Globalization;
using System.Reflection;
using FluentAssertions;
using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.Silo.Hosting;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Ledger.Cli.Tests.Hosting;

public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Key_ThatNobodyReads_IsNamedWithItsFile()
    {
        string file = Write("""{ "Ledger": { "Api": { "HtpPort": 5080 } } }""");
        Action load = () => Load(file, []);
        load.Should().Throw<CommandFailure>().Which.Message.Should().Contain("Ledger:Api:HtpPort").And.Contain(file).And.Contain("Ledger:Api:HttpPort?");
    }

    [Fact]
    public void Section_ThatNobodyReads_IsNamed()
    {
        Action load = () => Load(Write("""{ "Ledgr": { "DataDirectory": "x" } }"""), []);
        load.Should().Throw<CommandFailure>().Which.Should().Match<CommandFailure>(f => f.Field == "Ledgr:DataDirectory" && f.Exit == ExitCode.Usage);
    }

    [Fact]
    public async Task Variable_ThatNobodyReads_EndsServeWithUsage()
    {
        Answer answer = await Cli.RunAsync(new Dictionary<string, string>(StringComparer.Ordinal) { ["Ledger__DataDirectry"] = "x" }, "serve", "--json");
        answer.Code.Should().Be(2);
        answer.Error.Should().Contain("Ledger__DataDirectry");
        answer.Schema.Should().Be("ledger.error/1");
        answer.Json.GetProperty("field").GetString().Should().Be("Ledger:DataDirectry");
    }

    [Fact]
    public void Settings_GivenThreeTimes_TheFlagWinsThenTheEnvironmentThenTheFile()
    {
        string file = Write("""{ "Ledger": { "DataDirectory": "file", "KeysDirectory": "file", "Store": { "ConnectionString": "esdb://file" } } }""");
        IConfigurationRoot configuration = Load(
            file,
            [new("Ledger:DataDirectory", "flag")],
            new(StringComparer.OrdinalIgnoreCase) { ["Ledger__DataDirectory"] = "environment", ["LEDGER__KeysDirectory"] = "environment" });
        configuration["Ledger:DataDirectory"].Should().Be("flag");
        configuration["Ledger:KeysDirectory"].Should().Be("environment");
        configuration["Ledger:Store:ConnectionString"].Should().Be("esdb://file");
    }

    [Fact]
    public void List_GivenByFlag_ReplacesALongerOne()
    {
        IConfigurationRoot configuration = Load(Write("""{ "Ledger": { "Organisations": ["a", "b", "c"] } }"""), [new("Ledger:Organisations:0", "z")]);
        LedgerSettings.From(configuration, Session([])).Organisations.Should().Equal("z");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("70000")]
    [InlineData("-1")]
    public void Port_ThatIsNone_IsNamed(string port)
    {
        Action read = () => LedgerSettings.From(Load(null, [new("Ledger:Api:HttpPort", port)]), Session([]));
        read.Should().Throw<CommandFailure>().Which.Field.Should().Be("Ledger:Api:HttpPort");
    }

    [Fact]
    public void File_ThatIsNoJson_IsAUsageError()
    {
        Action load = () => Load(Write("{ \"Ledger\": "), []);
        load.Should().Throw<CommandFailure>().Which.Exit.Should().Be(ExitCode.Usage);
    }

    [Fact]
    public void Keys_AreThoseTheHostsBind()
    {
        IEnumerable<string> bound = KeysOf(typeof(SiloOptions), SiloOptions.Section).Concat(KeysOf(typeof(ApiOptions), ApiOptions.Section))
            .Concat(KeysOf(typeof(AccessOptions), AccessOptions.Section));
        LedgerConfiguration.Keys.Should().BeEquivalentTo(bound);
    }

    private static IEnumerable<string> KeysOf(Type type, string path) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .SelectMany(property => property.PropertyType == typeof(string) || property.PropertyType == typeof(Uri) || (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType).IsPrimitive ? [$"{path}:{property.Name}"]
            : typeof(IEnumerable).IsAssignableFrom(property.PropertyType) ? ItemKeysOf(property.PropertyType.GetGenericArguments()[0], $"{path}:{property.Name}:#")
            : KeysOf(property.PropertyType, $"{path}:{property.Name}"));

    private static IEnumerable<string> ItemKeysOf(Type item, string path) => item == typeof(string) ? [path] : KeysOf(item, path);

    private static Session Session(Dictionary<string, string> environment) => new(
        Cli.Around(TextWriter.Null, TextWriter.Null, environment), new Texts(CultureInfo.GetCultureInfo("en-CA")), new Language("en", Guessed: false));

    private static IConfigurationRoot Load(
        string? file, IEnumerable<KeyValuePair<string, string?>> flags, Dictionary<string, string>? environment = null) =>
        LedgerConfiguration.Load(Session(environment ?? []), file, flags);

    private string Write(string json)
    {
        string file = directory.File("ledger.json");
        File.WriteAllText(file, json);
        return file;
    }
}
