// Depth seen from the sun; what lets light through casts nothing.
#include "materials.glsl"
flat in uint material_row;
#ifdef CUT
#include "sections.glsl"
centroid in vec3 site;
flat in uint slot;
#endif

void main() {
#ifdef CUT
    if (is_cut_away(site, slot)) discard;
#endif
#ifdef MASKED
    cut_holes(material_row);
#endif
    int pattern = int(texelFetch(materials, int(material_row) * 3 + 1).y + 0.5);
    vec3 emission = texelFetch(materials, int(material_row) * 3 + 2).rgb;
    if (pattern == PATTERN_GLASS || pattern == PATTERN_MESH) discard;
    if (pattern == PATTERN_GLOW && max(emission.r, max(emission.g, emission.b)) > 1.5) discard;
}
