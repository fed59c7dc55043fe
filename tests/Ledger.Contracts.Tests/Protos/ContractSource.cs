using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Ledger.Contracts.Tests.Protos;

/// <summary>The .proto files of <c>ledger.v1</c> as protoc reads them, comments included.</summary>
internal sealed class ContractSource
{
    // Field numbers of descriptor.proto, of which the paths of SourceCodeInfo are made.
    private const int MessageOfFile = 4, EnumOfFile = 5, ServiceOfFile = 6, FieldOfMessage = 2, NestedOfMessage = 3, EnumOfMessage = 4, OneofOfMessage = 8, Second = 2;

    private ContractSource(IReadOnlyList<Element> elements) => Elements = elements;

    /// <summary>Everything that has a name, in the order of the files.</summary>
    public IReadOnlyList<Element> Elements { get; }

    public static ContractSource Read()
    {
        ExtensionRegistry extensions = [AnnotationsExtensions.Http, FieldBehaviorExtensions.FieldBehavior];
        byte[] bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "ledger.v1.protoset"));
        FileDescriptorSet set = FileDescriptorSet.Parser.WithExtensionRegistry(extensions).ParseFrom(bytes);
        return new ContractSource([.. set.File.Where(f => f.Package is "ledger.v1").OrderBy(f => f.Name, StringComparer.Ordinal).SelectMany(OfFile)]);
    }

    private static IEnumerable<Element> OfFile(FileDescriptorProto file)
    {
        Dictionary<string, string> comments = file.SourceCodeInfo.Location
            .Where(l => l.HasLeadingComments)
            .ToDictionary(l => string.Join('.', l.Path), l => l.LeadingComments, StringComparer.Ordinal);
        string Comment(string path) => string.Join(' ', comments.GetValueOrDefault(path, "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        for (int s = 0; s < file.Service.Count; s++)
        {
            string path = $"{ServiceOfFile}.{s}";
            ServiceDescriptorProto service = file.Service[s];
            yield return new Element(ElementKind.Service, service.Name, service.Name, Comment(path), service);
            for (int m = 0; m < service.Method.Count; m++)
            {
                yield return new Element(ElementKind.Method, service.Name, service.Method[m].Name, Comment($"{path}.{Second}.{m}"), service.Method[m]);
            }
        }

        IEnumerable<Element> types = file.MessageType.SelectMany((m, i) => OfMessage(m, $"{MessageOfFile}.{i}", "", Comment))
            .Concat(file.EnumType.SelectMany((e, i) => OfEnum(e, $"{EnumOfFile}.{i}", "", Comment)));
        foreach (Element element in types)
        {
            yield return element;
        }
    }

    private static IEnumerable<Element> OfMessage(DescriptorProto message, string path, string outer, Func<string, string> comment)
    {
        string name = outer + message.Name;
        yield return new Element(ElementKind.Message, name, name, comment(path), message);
        for (int i = 0; i < message.Field.Count; i++)
        {
            yield return new Element(ElementKind.Field, name, message.Field[i].Name, comment($"{path}.{FieldOfMessage}.{i}"), message.Field[i]);
        }

        for (int i = 0; i < message.OneofDecl.Count; i++)
        {
            // An optional field is a oneof of its own, made by protoc.
            if (!message.OneofDecl[i].Name.StartsWith('_'))
            {
                yield return new Element(ElementKind.Oneof, name, message.OneofDecl[i].Name, comment($"{path}.{OneofOfMessage}.{i}"), message.OneofDecl[i]);
            }
        }

        IEnumerable<Element> nested = message.NestedType.SelectMany((m, i) => OfMessage(m, $"{path}.{NestedOfMessage}.{i}", name + ".", comment))
            .Concat(message.EnumType.SelectMany((e, i) => OfEnum(e, $"{path}.{EnumOfMessage}.{i}", name + ".", comment)));
        foreach (Element element in nested)
        {
            yield return element;
        }
    }

    private static IEnumerable<Element> OfEnum(EnumDescriptorProto type, string path, string outer, Func<string, string> comment)
    {
        string name = outer + type.Name;
        yield return new Element(ElementKind.Enum, name, name, comment(path), type);
        for (int i = 0; i < type.Value.Count; i++)
        {
            yield return new Element(ElementKind.EnumValue, name, type.Value[i].Name, comment($"{path}.{Second}.{i}"), type.Value[i]);
        }
    }
}

/// <summary>Something that has a name in a .proto file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Owner">The service, message or enum it is in, or itself.</param>
/// <param name="Name">Its name.</param>
/// <param name="Comment">The comment above it on one line; empty if there is none.</param>
/// <param name="Descriptor">Its descriptor.</param>
internal sealed record Element(ElementKind Kind, string Owner, string Name, string Comment, IMessage Descriptor);

internal enum ElementKind { Service, Method, Message, Field, Oneof, Enum, EnumValue }
