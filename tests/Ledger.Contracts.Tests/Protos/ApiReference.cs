using System.Globalization;
using System.Text;
using Google.Api;
using Google.Protobuf.Reflection;

namespace Ledger.Contracts.Tests.Protos;

/// <summary>Writes <c>docs/api.md</c> from the .proto files.</summary>
internal static class ApiReference
{
    private const string Head = """
        # The interface, `ledger.v1`

        Made from the `.proto` files in `src/Ledger.Contracts/Protos`; a test keeps it so. gRPC is on port 5081, the JSON form of the same calls
        on port 5080. In JSON, names are in lower camel case (`decisionId`), instants are RFC 3339 (`"2026-03-02T14:05:00Z"`), durations
        seconds with an `s` (`"90s"`), 64-bit integers strings, bytes base64, enum values their names. How to use it is in [producer.md](producer.md).


        """;

    public static string Write(ContractSource source)
    {
        StringBuilder page = new(Head);
        ILookup<string, Element> members = source.Elements.ToLookup(e => e.Owner, StringComparer.Ordinal);
        foreach (Element service in source.Elements.Where(e => e.Kind == ElementKind.Service))
        {
            page.Append("## ").Append(service.Name).Append("\n\n").Append(service.Comment).Append("\n\n");
            foreach (Element method in members[service.Name].Where(e => e.Kind == ElementKind.Method))
            {
                WriteMethod(page, method);
            }
        }

        page.Append("## Messages\n\n");
        foreach (Element message in source.Elements.Where(e => e.Kind == ElementKind.Message))
        {
            WriteMessage(page, message, [.. members[message.Name]]);
        }

        page.Append("## Enums\n\n");
        foreach (Element type in source.Elements.Where(e => e.Kind == ElementKind.Enum))
        {
            page.Append("### ").Append(type.Name).Append("\n\n").Append(type.Comment).Append("\n\n| value | number | meaning |\n|---|---|---|\n");
            foreach (Element value in members[type.Name].Where(e => e.Kind == ElementKind.EnumValue))
            {
                int number = ((EnumValueDescriptorProto)value.Descriptor).Number;
                page.Append(CultureInfo.InvariantCulture, $"| `{value.Name}` | {number} | {Cell(value.Comment)} |\n");
            }

            page.Append('\n');
        }

        return page.ToString().TrimEnd('\n') + "\n";
    }

    private static void WriteMethod(StringBuilder page, Element element)
    {
        MethodDescriptorProto method = (MethodDescriptorProto)element.Descriptor;
        page.Append("### ").Append(element.Owner).Append('.').Append(method.Name).Append("\n\n").Append(element.Comment).Append("\n\n");
        page.Append("- gRPC: `").Append(method.Name).Append('(').Append(method.ClientStreaming ? "stream " : "").Append(Short(method.InputType))
            .Append(") → ").Append(method.ServerStreaming ? "stream " : "").Append(Short(method.OutputType)).Append("`; see ")
            .Append(Link(method.InputType)).Append(", ").Append(Link(method.OutputType)).Append('\n');
        HttpRule? rule = method.Options?.GetExtension(AnnotationsExtensions.Http);
        if (rule is null)
        {
            page.Append("- JSON: none\n\n");
            return;
        }

        (string verb, string path) = rule.PatternCase == HttpRule.PatternOneofCase.Post ? ("POST", rule.Post) : ("GET", rule.Get);
        page.Append("- JSON: `").Append(verb).Append(' ').Append(path).Append('`');
        page.Append(rule.Body switch
        {
            "" => ", other fields as query parameters",
            "*" => ", body: the request without `parent`",
            string field => $", body: the field `{field}`",
        }).Append("\n\n");
    }

    private static void WriteMessage(StringBuilder page, Element message, Element[] members)
    {
        page.Append("### ").Append(message.Name).Append("\n\n").Append(message.Comment).Append("\n\n| field | type | meaning |\n|---|---|---|\n");
        Element[] oneofs = [.. members.Where(e => e.Kind == ElementKind.Oneof)];
        foreach (Element member in members.Where(e => e.Kind == ElementKind.Field))
        {
            FieldDescriptorProto field = (FieldDescriptorProto)member.Descriptor;
            string oneof = field.HasOneofIndex && !field.Proto3Optional ? $"One of `{oneofs[field.OneofIndex].Name}`. " : "";
            page.Append(CultureInfo.InvariantCulture, $"| `{field.Name}` ({field.Number}) | {TypeOf(field)} | {Behaviour(field)}{oneof}{Cell(member.Comment)} |\n");
        }

        page.Append('\n');
        foreach (Element oneof in oneofs)
        {
            page.Append('`').Append(oneof.Name).Append("`: ").Append(oneof.Comment).Append("\n\n");
        }
    }

    private static string TypeOf(FieldDescriptorProto field)
    {
        string name = field.HasTypeName ? Link(field.TypeName) : field.Type.ToString().ToLowerInvariant();
        return field.Label == FieldDescriptorProto.Types.Label.Repeated ? $"list of {name}" : name;
    }

    private static string Behaviour(FieldDescriptorProto field) =>
        field.Options?.GetExtension(FieldBehaviorExtensions.FieldBehavior)?.Contains(FieldBehavior.Required) == true ? "**Required.** " : "";

    private static string Link(string type) => type.StartsWith(".ledger.v1.", StringComparison.Ordinal)
        ? $"[{Short(type)}](#{Short(type).ToLowerInvariant()})" : $"`{type.TrimStart('.')}`";

    private static string Short(string type) => type[(type.LastIndexOf('.') + 1)..];

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
