// What section planes cut away, and the faces that are marked where they cut through something.
// Positions are those of the scene; slot 0 is scenery and people, which nothing cuts.
#define CUTS_MAX 16
uniform vec4 cuts[CUTS_MAX];  // unit normal and offset: what lies beyond is cut away
uniform int cut_count;
uniform samplerBuffer element_boxes; // two texels each: low and high corner
uniform float both_sides;            // 1 where back faces are drawn anyway
uniform mat4 p3d_ProjectionMatrix;
#ifndef camera_position
uniform mat4 p3d_ViewMatrixInverse;
#endif

const float IN_BOX_M = 0.002, HATCH_PX = 9.0;

bool is_cut_away(vec3 p, uint slot) {
    if (slot == 0u) return false;
    for (int i = 0; i < cut_count; i++)
        if (dot(cuts[i].xyz, p) > cuts[i].w) return true;
    return false;
}

// Where the line of sight to a point comes in through the section: x, y, z, and 1 when it does at all.
vec4 way_in(vec3 p) {
    bool flat_lens = p3d_ProjectionMatrix[3][3] > 0.5;
    vec3 to_eye = p3d_ViewMatrixInverse[3].xyz - p;
    vec3 back = flat_lens ? normalize(-p3d_ViewMatrixInverse[1].xyz) : normalize(to_eye);
    float way = flat_lens ? dot(to_eye, back) : length(to_eye);
    float in_m = way;
    for (int i = 0; i < cut_count; i++) {
        float rise = dot(cuts[i].xyz, back);
        if (rise > 1e-6) in_m = min(in_m, (cuts[i].w - dot(cuts[i].xyz, p)) / rise);
    }
    return vec4(p + back * in_m, in_m < way ? 1.0 : 0.0);
}

// The inside of something that has been cut open: the line of sight came in within its box.
bool is_cut_face(vec4 entry, uint slot) {
    if (entry.w < 0.5) return false;
    vec3 low = texelFetch(element_boxes, int(slot) * 2).xyz, high = texelFetch(element_boxes, int(slot) * 2 + 1).xyz;
    return all(greaterThan(entry.xyz, low - IN_BOX_M)) && all(lessThan(entry.xyz, high + IN_BOX_M));
}

// Flat, in no light, hatched on the screen; neighbours are hatched the other way.
vec3 cut_face_color(vec3 albedo, uint slot) {
    vec2 at = (slot & 1u) == 0u ? gl_FragCoord.xy : vec2(gl_FragCoord.x, -gl_FragCoord.y);
    float line = abs(fract((at.x + at.y) / HATCH_PX) - 0.5) * HATCH_PX;
    vec3 ground = mix(vec3(0.13, 0.17, 0.22), pow(clamp(albedo, 0.0, 1.0), vec3(1.0 / 2.2)), 0.22);
    return mix(vec3(0.93, 0.95, 0.97), ground, smoothstep(0.45, 1.25, line));
}
