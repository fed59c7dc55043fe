using Google.Protobuf.Reflection;
using Ledger.V1;

namespace Ledger.Api.Decisions;

/// <summary>Names of the contract's closed sets as people type them: in lower case, <c>task_allocation</c>.</summary>
public static class Names
{
    /// <summary>The categories of decisions.</summary>
    public static string[] Categories => Of(DecisionReflection.Descriptor, nameof(V1.Category));

    /// <summary>A category by such a name.</summary>
    public static Category Category(string name) =>
        (Category)DecisionReflection.Descriptor.FindTypeByName<EnumDescriptor>(nameof(V1.Category))
            .FindValueByName(name.ToUpperInvariant()).Number;

    /// <summary>A category of data by its name in the contract; one that is not known here is unspecified.</summary>
    internal static DataCategory DataCategory(string name) => (DataCategory)(DecisionReflection.Descriptor.FindTypeByName<EnumDescriptor>(nameof(V1.DataCategory))
        .FindValueByName(name)?.Number ?? 0);

    /// <summary>The name of a value in the contract, which is also the last part of its text's key.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum =>
        DecisionReflection.Descriptor.FindTypeByName<EnumDescriptor>(typeof(T).Name)
            .FindValueByNumber(Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture))?.Name ?? value.ToString();

    private static string[] Of(FileDescriptor file, string type) =>
        [.. file.FindTypeByName<EnumDescriptor>(type).Values.Where(v => v.Number > 0).Select(v => v.Name.ToLowerInvariant())];
}
