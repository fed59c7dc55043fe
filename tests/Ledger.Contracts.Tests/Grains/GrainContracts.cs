using System.Globalization;
using System.Reflection;
using System.Text;

namespace Ledger.Contracts.Tests.Grains;

/// <summary>What crosses between processes through grain calls, as text that a review can see change.</summary>
internal static class GrainContracts
{
    public static string Write(Assembly contracts)
    {
        StringBuilder text = new();
        Type[] types = [.. contracts.GetTypes().Where(t => t.Namespace?.StartsWith("Ledger", StringComparison.Ordinal) == true)];
        foreach (Type grain in Sorted(types.Where(t => t.IsInterface && typeof(IAddressable).IsAssignableFrom(t))))
        {
            text.Append("grain ").Append(AliasOf(grain)).Append(" = ").Append(grain.FullName).Append('\n');
            foreach (MethodInfo method in grain.GetMethods().OrderBy(m => AliasOf(m), StringComparer.Ordinal))
            {
                text.Append("  ").Append(AliasOf(method)).Append('(').AppendJoin(", ", method.GetParameters().Select(p => NameOf(p.ParameterType)))
                    .Append(") -> ").Append(NameOf(method.ReturnType)).Append('\n');
            }
        }

        Type[] serialized = [.. Sorted(types.Where(t => t.GetCustomAttribute<GenerateSerializerAttribute>() is not null))];
        foreach (Type type in serialized)
        {
            text.Append("type ").Append(AliasOf(type)).Append(" = ").Append(type.FullName).Append('\n');
            foreach ((uint id, Type member) in Members(type).OrderBy(m => m.Id))
            {
                text.Append(CultureInfo.InvariantCulture, $"  {id}: {NameOf(member)}\n");
            }
        }

        foreach (Type type in Sorted(serialized.SelectMany(Members).Select(m => Nullable.GetUnderlyingType(m.Type) ?? m.Type).Where(t => t.IsEnum).Distinct()))
        {
            text.Append("enum ").Append(type.FullName).Append('\n');
            foreach (object value in Enum.GetValues(type))
            {
                text.Append(CultureInfo.InvariantCulture, $"  {(int)value}: {value}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Members of serialized types that have no id and would be lost on the way.</summary>
    public static IEnumerable<string> Unnumbered(Assembly contracts) =>
        from type in contracts.GetTypes()
        where type.GetCustomAttribute<GenerateSerializerAttribute>() is not null && !type.IsEnum
        from property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
        where property.CanWrite && property.GetCustomAttribute<IdAttribute>() is null
        select $"{type.FullName}.{property.Name}";

    private static IEnumerable<(uint Id, Type Type)> Members(Type type)
    {
        const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        return type.GetProperties(Own).Select(p => (p.GetCustomAttribute<IdAttribute>(), p.PropertyType))
            .Concat(type.GetFields(Own).Select(f => (f.GetCustomAttribute<IdAttribute>(), f.FieldType)))
            .Where(m => m.Item1 is not null)
            .Select(m => (m.Item1!.Id, m.Item2));
    }

    private static string AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>()?.Alias ?? "(no alias)";

    private static IEnumerable<Type> Sorted(IEnumerable<Type> types) => types.OrderBy(t => t.FullName, StringComparer.Ordinal);

    private static string NameOf(Type type) =>
        type.IsArray ? $"{NameOf(type.GetElementType()!)}[]"
        : Nullable.GetUnderlyingType(type) is { } inner ? $"{NameOf(inner)}?"
        : type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.Name;
}
